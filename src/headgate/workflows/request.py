"""What every verb is given by a door."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


class Progress(Protocol):
    """Told how far long work has come; a door draws it or does not."""

    def step(self, title: str, done: int, total: int) -> None: ...

    def over(self) -> None:
        """Something else is to be said: nothing half drawn is in its way."""


class Silent:
    """Progress that nobody looks at."""

    def step(self, title: str, done: int, total: int) -> None:
        """Nothing."""

    def over(self) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Which project, in which environment, and which part of it.

    `root` is the folder of `headgate.yml`. `environ` are the process's variables (a door passes them; nothing below reads
    the process). `approve` is asked before something is changed, with the text of the plan; `confirm` where that cannot be
    taken back on live systems, with the environment's name as well.
    """

    root: Path
    env: str | None = None
    select: Sequence[str] = ()
    exclude: Sequence[str] = ()
    vars: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    progress: Progress = field(default_factory=Silent)
    approve: Callable[[str], bool] = lambda _: True
    confirm: Callable[[str, str], bool] = lambda _, __: True
    cache: bool = True
    workers: int = 2
