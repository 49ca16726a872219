"""How the connections of an environment are: reached or not, as whom, and with which rights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from headgate.ports._connections import Connections
from headgate.resources.grants import Grant


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A connection of a cluster, by its part in the environment file. Nothing of it is secret.

    `why` says why it does not answer, or what of it cannot be known; `may` are rights it is known to have, in words, and
    `missing` those that are needed and that it is known not to have.
    """

    cluster: str
    part: str
    where: str
    answers: bool
    user: str = ""
    version: str = ""
    why: str = ""
    may: tuple[str, ...] = ()
    missing: tuple[Grant, ...] = ()


class Probes(Protocol):
    """Asks one provider's connections of a cluster how they are: `probe` in the provider's module of that name."""

    def __call__(self, connections: Connections, cluster: str, needed: Sequence[Grant]) -> list[Reached]:
        """Each connection once, whether it answers or not. `needed` are rights on the cluster; nothing is changed."""
