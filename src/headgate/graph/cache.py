"""Facts that an earlier run has worked out, found by what they follow from."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Protocol

from headgate._version import __version__


class FactsCache(Protocol):
    """Bytes by key; whoever owns the disk stores them. What it does not have is None."""

    def get(self, key: str) -> bytes | None:
        """What was put under the key."""

    def put(self, key: str, value: bytes) -> None:
        """Keeps a value for another run."""


def facts_key(text: str, relations: Iterable[bytes]) -> str:
    """The key of an analysis: its query, all it knew of its inputs (encoded), and the version of this tool.

    The inputs' order does not matter.
    """
    digest = blake2b(__version__.encode(), digest_size=20)
    for part in (text.encode("utf-8", "surrogatepass"), *sorted(relations)):
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.hexdigest()
