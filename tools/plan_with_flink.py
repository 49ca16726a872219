"""Has a real Flink plan compiled scripts: `python tools/plan_with_flink.py [script.sql …]`, by default those of the goldens.

Fetches the planner and the Kafka connector with Maven into `.flink/planner/`. Nothing is run, so no cluster is needed; what
the planner refuses would be refused when the job is submitted. Needs Java 17 and Maven.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / ".flink" / "planner"
SOURCE = ROOT / "tools" / "flink" / "planner"
OPENS = [f"--add-opens=java.base/java.{name}=ALL-UNNAMED" for name in ("util", "lang", "time")]


def classpath() -> str:
    """The planner's classes and their libraries, fetched and compiled where they are not there yet; once, whoever asks."""
    library, classes, stamp = HOME / "lib", HOME / "classes", HOME / "made-of"
    wanted = "".join((SOURCE / name).read_text("utf-8") for name in ("pom.xml", "Planner.java"))
    classes.mkdir(parents=True, exist_ok=True)
    with (HOME / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text("utf-8") != wanted:
            maven = ["mvn", "-B", "-ntp", "-q", "-f", str(SOURCE / "pom.xml"), "dependency:copy-dependencies"]
            maven += [f"-DoutputDirectory={library}", "-DincludeScope=runtime"]
            java = [
                "javac",
                "-nowarn",
                "-cp",
                f"{library}/*",
                "-d",
                str(classes),
                str(SOURCE / "Planner.java"),
            ]
            # What these two say is not what the planner says.
            subprocess.run(maven, check=True, stdout=sys.stderr)
            subprocess.run(java, check=True, stdout=sys.stderr)
            stamp.write_text(wanted, "utf-8")
    return f"{classes}{os.pathsep}{library}/*"


def verdicts(scripts: list[Path]) -> dict[Path, str]:
    """What the planner says of each script: `planned`, `materializes`, or why it refuses."""
    command = ["java", *OPENS, "-cp", classpath(), "Planner", *map(str, scripts)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    lines = (line.partition("\t") for line in done.stdout.splitlines() if "\t" in line)
    return {Path(script): verdict for script, _, verdict in lines}


def golden_scripts() -> list[Path]:
    """The scripts that the goldens of `compile` expect."""
    return sorted((ROOT / "tests" / "golden" / "compile").glob("*/expect/flink/*.sql"))


def main(words: list[str]) -> int:
    found = verdicts([Path(word) for word in words] or golden_scripts())
    for script, verdict in found.items():
        print(f"{verdict}  {script}")
    return int(any(verdict != "planned" for verdict in found.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
