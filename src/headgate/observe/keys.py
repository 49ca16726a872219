"""The keys of an environment that has no key service: made at first use, in one file that only its owner can read."""

from __future__ import annotations

import base64
import json
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from headgate.schema.forms import KEY_BYTES, Key

MASKING = "masking"


class KeysUnreadable(Exception):
    """The file of keys is none, or cannot be read or written; the message says why."""


@dataclass(frozen=True, slots=True)
class LocalKeys:
    """The keys that `file` holds the root of, by their names.

    `given` is a masking key that somebody brought; without one it is that of `masking_name`.
    """

    file: Path
    given: str = field(default="", repr=False)
    masking_name: str = MASKING

    def masking(self) -> Key:
        """The key of hashes and tokens."""
        return Key(self.given.encode()) if self.given else self.named(self.masking_name)

    def named(self, name: str) -> Key:
        """The key of that name (`kms://provider/key`); every name has one, and always the same."""
        return Key(Key(self._root()).digest(name.encode()))

    def _root(self) -> bytes:
        """One secret that all keys are made of, so that two processes that need their first keys agree on them."""
        try:
            if not self.file.exists():
                self._make()
            if self.file.stat().st_mode & 0o077:
                self.file.chmod(0o600)
            root = base64.b64decode(json.loads(self.file.read_text(encoding="utf-8"))["root"])
            if len(root) < KEY_BYTES:
                raise ValueError("it is too short")
        except (OSError, ValueError, KeyError, TypeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not what was written there"
            raise KeysUnreadable(f"{self.file.name}: {why}") from None
        return root

    def _make(self) -> None:
        """The file is there, whole, and never anybody else's to read; where another process was first, it is theirs."""
        folder = self.file.parent
        folder.mkdir(parents=True, exist_ok=True)
        ignored = folder / ".gitignore"
        if not ignored.exists():
            ignored.write_text("*\n", encoding="utf-8")
        text = json.dumps({"format": 1, "root": base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()})
        beside = folder / f".{self.file.name}.{os.getpid()}.{secrets.token_hex(4)}"
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                out.write(text + "\n")
            with suppress(FileExistsError):
                os.link(beside, self.file)
        finally:
            beside.unlink()
