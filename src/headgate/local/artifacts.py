"""The jars, fetched by the user's own Maven with its settings, once for all projects."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from headgate.local.refusal import Refused

POM = Path(__file__).parent / "pom.xml"
LIMIT_SECONDS = 900.0


def cached_in(environ: Mapping[str, str]) -> Path:
    """The folder of exactly the artifacts that our POM names."""
    base = environ.get("XDG_CACHE_HOME") or str(Path(environ.get("HOME", "~")).expanduser() / ".cache")
    return Path(base) / "headgate" / "local" / hashlib.sha256(POM.read_bytes()).hexdigest()[:16]


def tool(name: str, environ: Mapping[str, str]) -> str:
    """A program of the machine; Java also from JAVA_HOME."""
    home = environ.get("JAVA_HOME") if name == "java" else None
    found = shutil.which(f"{home}/bin/java" if home else name, path=environ.get("PATH"))
    if found is None:
        raise Refused(
            f"`headgate local` needs `{name}` on the PATH (Java 17 or newer, and Maven the first time)."
        )
    return found


def fetch(environ: Mapping[str, str], waiting: Callable[[], None]) -> Path:
    """The folder of the artifacts; has Maven fetch and verify them where they are not there.

    They are put together beside it and moved there whole, so what is there is complete.
    """
    folder = cached_in(environ)
    if folder.is_dir():
        return folder
    maven = tool("mvn", environ)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as work:
        shutil.copy(POM, f"{work}/pom.xml")
        _run(
            [
                maven,
                "-B",
                "-q",
                "--strict-checksums",
                "-f",
                f"{work}/pom.xml",
                f"-Dout={work}/out",
                "package",
            ],
            environ,
            work,
            waiting,
        )
        try:
            Path(work, "out").rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
    return folder


def _run(command: list[str], environ: Mapping[str, str], work: str, waiting: Callable[[], None]) -> None:
    log = Path(work, "log")
    until = time.monotonic() + LIMIT_SECONDS
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=dict(environ)
        )
    try:
        while process.poll() is None:
            if time.monotonic() > until:
                raise Refused(f"Maven did not fetch the artifacts within {LIMIT_SECONDS:.0f} seconds.")
            waiting()
            time.sleep(0.1)
    finally:
        process.kill()
        process.wait()
    if process.returncode:
        raise Refused(f"Maven could not fetch the artifacts:\n{log.read_text(errors='replace')[-2000:]}")
