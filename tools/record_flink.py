"""Records what a real Flink answers to the conformance cases: `make record-flink`, or with names of cases.

Fetches Flink with Maven into `.flink/`, compiles `tools/flink/Recorder.java` there, runs every case in one JVM and
writes `tests/conformance/recorded/<case>.json`. Needs Java 17 and Maven; the tests that compare with it need neither.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from conformance import corpus  # noqa: E402  (the tests' folder is no installed package)

HOME = ROOT / ".flink"
SOURCE = ROOT / "tools/flink"
# Collections and the clock of the JVM are serialised by Flink's own reflection.
OPENS = [f"--add-opens=java.base/java.{name}=ALL-UNNAMED" for name in ("util", "lang", "time", "nio", "net")]
# Long enough for a row and its watermark to pass the network between two operators of one process.
PAUSE_MS = 10
Json = dict[str, Any]


def classpath() -> str:
    library, classes = HOME / "lib", HOME / "classes"
    stamp = HOME / "pom.xml"
    pom = (SOURCE / "pom.xml").read_text("utf-8")
    if not stamp.exists() or stamp.read_text("utf-8") != pom:
        maven = ["mvn", "-B", "-ntp", "-q", "-f", str(SOURCE / "pom.xml"), "dependency:copy-dependencies"]
        subprocess.run([*maven, f"-DoutputDirectory={library}", "-DincludeScope=runtime"], check=True)
        stamp.write_text(pom, "utf-8")
    classes.mkdir(parents=True, exist_ok=True)
    compile_it = [
        "javac",
        "-nowarn",
        "-cp",
        f"{library}/*",
        "-d",
        str(classes),
        str(SOURCE / "Recorder.java"),
    ]
    subprocess.run(compile_it, check=True, stderr=subprocess.DEVNULL)
    return f"{classes}{os.pathsep}{library}/*"


def specification(wanted: list[corpus.Case]) -> Json:
    declared = json.loads((corpus.HERE / "inputs/tables.json").read_text("utf-8"))
    return {
        "datasets": [
            {
                "tables": declared,
                "arrivals": [{"table": a.table, "op": a.op, "row": a.row} for a in corpus.arrivals(variant)],
                "cases": [
                    {
                        "name": case.id,
                        "sql": case.sql,
                        "run": case.run,
                        "tables": case.tables,
                        "pause_ms": PAUSE_MS if case.inputs > 1 else 0,
                    }
                    for case in wanted
                    if case.variant == variant
                ],
            }
            for variant in corpus.VARIANTS
        ]
    }


def final_rows(
    changelog: list[list[Any]], columns: list[list[str]], keys: list[list[str]]
) -> list[list[Any]]:
    """The table that a changelog amounts to, sorted; by key where updates come without what they replace."""
    kinds = Counter(line[0] for line in changelog)
    if kinds["+U"] > kinds["-U"] and keys:
        places = [[name for name, _ in columns].index(part) for part in keys[0]]
        table: dict[str, list[Any]] = {}
        for kind, *row in changelog:
            key = json.dumps([row[i] for i in places])
            table.pop(key, None)
            if kind in ("+I", "+U"):
                table[key] = row
        return sorted(table.values(), key=json.dumps)
    bag: Counter[str] = Counter()
    for kind, *row in changelog:
        bag[json.dumps(row, ensure_ascii=False)] += 1 if kind in ("+I", "+U") else -1
    return sorted((json.loads(row) for row in bag.elements()), key=json.dumps)


def recorded(case: corpus.Case, version: str, answer: Json) -> Json:
    result: Json = {"flink": version, "case": case.name, "inputs": case.variant, "tables": list(case.tables)}
    result["sql"] = case.sql
    for name in ("columns", "changelog_mode", "upsert_keys"):
        if name in answer:
            result[name] = answer[name]
    for name in ("refused", "fails"):
        if name in answer:
            result[name] = telling(answer[name])
    if "changelog" in answer:
        result["kinds"] = dict(sorted(Counter(line[0] for line in answer["changelog"]).items()))
        result["rows"] = final_rows(answer["changelog"], answer["columns"], answer["upsert_keys"])
    return result


def telling(reasons: list[str]) -> str:
    """The deepest reason that has a message, its first lines."""
    spoken = [reason for reason in reasons if not reason.endswith(": null")]
    return "\n".join((spoken or reasons)[-1].splitlines()[:3])[:400]


def text_of(value: Json) -> str:
    """JSON with a line for each field, and one for each row."""
    lines = []
    for name, field in value.items():
        if name in ("rows", "columns") and field:
            inner = ",\n".join("    " + json.dumps(row, ensure_ascii=False) for row in field)
            lines.append(f'  "{name}": [\n{inner}\n  ]')
        else:
            lines.append(f'  "{name}": {json.dumps(field, ensure_ascii=False)}')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main() -> None:
    names = set(sys.argv[1:])
    wanted = [case for case in corpus.cases() if not names or case.name in names]
    (HOME / "spec.json").parent.mkdir(exist_ok=True)
    paths = classpath()
    (HOME / "spec.json").write_text(json.dumps(specification(wanted)), "utf-8")
    command = [
        "java",
        "-Xmx2g",
        *OPENS,
        "-cp",
        paths,
        "Recorder",
        str(HOME / "spec.json"),
        str(HOME / "out.json"),
    ]
    with (HOME / "log.txt").open("w") as log:
        subprocess.run(command, check=True, stderr=log, stdout=log)
    out = json.loads((HOME / "out.json").read_text("utf-8"))
    answers = {answer["name"]: answer for answer in out["results"]}
    corpus.RECORDED.mkdir(exist_ok=True)
    if not names:
        for path in corpus.RECORDED.glob("*.json"):
            path.unlink()
    tally: Counter[str] = Counter()
    for case in wanted:
        result = recorded(case, out["flink"], answers[case.id])
        (corpus.RECORDED / f"{case.id}.json").write_text(text_of(result), "utf-8")
        verdict = next((word for word in ("refused", "fails", "rows") if word in result), "planned")
        tally[verdict] += 1
        if verdict in ("refused", "fails"):
            print(f"{case.id}: {verdict}: {result[verdict].splitlines()[0][:150]}")
    print(
        f"Flink {out['flink']}: {len(wanted)} cases, "
        + ", ".join(f"{n} {v}" for v, n in sorted(tally.items()))
    )


if __name__ == "__main__":
    main()
