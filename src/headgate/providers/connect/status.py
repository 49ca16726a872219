"""How a connector is doing, from what Connect says of it and of its tasks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from headgate.providers.connect.causes import cause


@dataclass(frozen=True, slots=True)
class Status:
    """The states of a connector and of its tasks, with the trace of the first failure."""

    connector: str
    tasks: tuple[str, ...]
    trace: str = ""

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Status:
        """The status that Connect tells."""
        own = said.get("connector") or {}
        tasks = sorted(said.get("tasks") or (), key=lambda task: int(task.get("id", 0)))
        traces = [one.get("trace") for one in (own, *tasks) if one.get("state") == "FAILED"]
        return cls(
            str(own.get("state", "UNASSIGNED")),
            tuple(str(task.get("state", "UNASSIGNED")) for task in tasks),
            next((str(trace) for trace in traces if trace), ""),
        )

    @property
    def failed(self) -> bool:
        return "FAILED" in (self.connector, *self.tasks)

    @property
    def held(self) -> bool:
        """Whether somebody holds it: it is paused, or stopped."""
        return self.connector in ("PAUSED", "STOPPED")

    @property
    def settled(self) -> bool:
        """Whether it stands still where it was asked to, or all of it runs."""
        if self.held:
            return all(state in ("PAUSED", "STOPPED") for state in self.tasks)
        return self.connector == "RUNNING" and bool(self.tasks) and set(self.tasks) == {"RUNNING"}

    @property
    def word(self) -> str:
        """One word for people."""
        if self.failed:
            return "failing" if "RUNNING" in self.tasks else "failed"
        if self.held:
            return "paused"
        return "running" if self.settled else "warming"

    @property
    def why(self) -> str:
        """Why it does not run, in one line; "" where it does."""
        if self.failed:
            which = [str(number) for number, state in enumerate(self.tasks) if state == "FAILED"]
            what = f"task {', '.join(which)} failed" if which else "it failed"
            reason = cause(self.trace)
            return f"{what}: {reason}" if reason else what
        if self.word == "warming":
            states = [
                f"task {i} is {state.lower()}" for i, state in enumerate(self.tasks) if state != "RUNNING"
            ]
            return (
                ", ".join(states)
                or f"the connector is {self.connector.lower()}, with {len(self.tasks)} tasks running"
            )
        return ""
