"""Live systems of an environment as a test plays them: what they hold, what they would not take, who reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from back_half import Memory
from headgate.ports import LiveGroup, Running, Verdict
from headgate.resources import Resource, ResourceId
from headgate.workflows.systems import LiveSystems
from running import Ran, headgate

ENVIRONMENT = """\
default: true
engine: live
allow_destroy: true
state: {file: state.jsonl}
virtual_topics: flink
clusters:
  main:
    kafka: {bootstrap_servers: "nowhere:1"}
    schema_registry: {url: "http://nowhere:1"}
    flink: {type: sql_gateway, url: "http://nowhere:1", jobmanager_url: "http://nowhere:1"}
    identities: {flink: {principal: "User:flink", username: flink, password: '{{ env_var("PW", "hush") }}'}}
"""
PROJECT = "name: shop\nclassification: {default: internal}\n"


@dataclass
class Played(Memory):
    """Every system of an environment in one dictionary."""

    faults: dict[str, str] = field(default_factory=dict)
    """By the name of a thing: why its system would not take it."""
    notes: dict[str, str] = field(default_factory=dict)
    warnings: dict[str, str] = field(default_factory=dict)
    state: dict[str, list[str]] = field(default_factory=dict)
    """By the name of a job: what its state depends on."""
    readers: list[LiveGroup] = field(default_factory=list)
    judged: list[str] = field(default_factory=list)
    running: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By the name of a job: what its system tells of it while it runs."""

    def watch(self, ids: Sequence[ResourceId]) -> list[Running]:
        return [Running(id=id_, status="running", facts=self.running.get(id_.name, {})) for id_ in ids]

    def validate(self, resources: Sequence[Resource]) -> list[Verdict]:
        self.judged += [resource.id.name for resource in resources]
        return [self._verdict(resource) for resource in resources]

    def _verdict(self, resource: Resource) -> Verdict:
        name = resource.id.name
        facts: dict[str, Any] = {"state": self.state[name]} if name in self.state else {}
        return Verdict(
            id=resource.id,
            faults=tuple([self.faults[name]] if name in self.faults else []),
            notes=tuple([self.notes[name]] if name in self.notes else []),
            warnings=tuple([self.warnings[name]] if name in self.warnings else []),
            facts=facts,
        )

    def groups(self, cluster: str, topics: Sequence[str] = ()) -> list[LiveGroup]:
        return [g for g in self.readers if g.cluster == cluster and set(g.topics) & set(topics)]

    def named(self, kind: str) -> set[str]:
        """The names of the things of a kind that it holds."""
        return {id_.name for id_ in self.things if id_.kind == kind}

    def put(self, kind: str, name: str, **fields: Any) -> None:
        """Somebody else puts a thing there."""
        self.things[ResourceId(kind, name)] = fields


@dataclass
class Shop:
    """A project, and the systems of its environment."""

    root: Path
    system: Played

    def write(self, name: str, text: str) -> None:
        (self.root / name).parent.mkdir(exist_ok=True)
        (self.root / name).write_text(text)

    def run(self, *words: str) -> Ran:
        return headgate(*words, project=self.root)

    def answer(self, *words: str) -> dict[str, Any]:
        return self.run(*words, "--output", "json").json

    def apply(self, *words: str) -> Ran:
        return self.run("apply", "--auto-approve", *words)

    def told(self, *words: str) -> list[tuple[str, str]]:
        """The codes and messages of what a verb finds wrong."""
        return [
            (d["code"], d["message"]) for d in self.answer(*words)["diagnostics"] if d["severity"] == "error"
        ]

    def rows(self, *words: str) -> dict[str, dict[str, Any]]:
        """The changes of a plan that are none by kind and name."""
        changes = self.answer("plan", *words)["changes"]
        return {f"{c['kind']}/{c['name']}": c for c in changes if c["action"] != "no-op"}


def shop(root: Path, patch: pytest.MonkeyPatch, streams: str) -> Shop:
    """A project in a folder, whose systems are played."""
    made = Shop(root, Played())
    patch.setattr(LiveSystems, "provider", lambda self, name: made.system)
    made.write("headgate.yml", PROJECT)
    made.write("environments/prod.yml", ENVIRONMENT)
    made.write("streams.yml", streams)
    return made
