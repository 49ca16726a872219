"""Facts of queries kept between runs, in one file, under the project's `.headgate/`."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

import msgspec

FORMAT = 1


class DiskFactsCache:
    """A `graph.cache.FactsCache` over one file. A file that cannot be read counts as empty; only what was asked for stays."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "facts.msgpack"
        self._old = _read(self._path)
        self._kept: dict[str, bytes] = {}
        self._changed = False

    def get(self, key: str) -> bytes | None:
        """What was put under the key."""
        value = self._kept.get(key)
        if value is None:
            value = self._old.get(key)
            if value is not None:
                self._kept[key] = value
        return value

    def put(self, key: str, value: bytes) -> None:
        """Keeps a value for another run."""
        self._kept[key] = value
        self._changed = True

    def close(self) -> None:
        """Writes what was used or added; a folder that cannot be written to costs the next run its time, nothing more."""
        if not self._changed and len(self._kept) == len(self._old):
            return
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._path.parent)
            with os.fdopen(handle, "wb") as file:
                file.write(msgspec.msgpack.encode((FORMAT, self._kept)))
            Path(name).replace(self._path)


def _read(path: Path) -> dict[str, bytes]:
    try:
        version, facts = msgspec.msgpack.decode(path.read_bytes(), type=tuple[int, dict[str, bytes]])
    except (OSError, msgspec.MsgspecError):
        return {}
    return facts if version == FORMAT else {}
