"""What other tools write: whose each compiled thing is by what the environment and its declaration say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from headgate.project.declarations import Project, Stream
from headgate.resources import Resource, live

KINDS = {
    "topics": (live.TOPIC.name,),
    "acls": (live.ACL.name, live.JOB_ACL.name),
    "users": (live.SCRAM_USER.name,),
    "quotas": (live.QUOTA.name,),
    "subjects": (live.SUBJECT.name,),
    "jobs": (live.JOB.name,),
    "connectors": (live.CONNECTOR.name,),
    "proxy": (
        live.GATEWAY_ACCOUNT.name,
        live.GATEWAY_MEMBER.name,
        live.GATEWAY.name,
        live.GATEWAY_ACL.name,
        live.GATEWAY_JOB_ACL.name,
    ),
    "console": (live.CONSOLE_APPLICATION.name, live.CONSOLE_INSTANCE.name, live.CONSOLE_ALERT.name),
}
"""The kinds of things that each word of `managed_by` means."""

_WORDS = {kind: word for word, kinds in KINDS.items() for kind in kinds}


@dataclass(frozen=True, slots=True)
class Tools:
    """Which other tool writes what: `streams` their topics and connectors and `exposures` their grants, by address, and `kinds` all."""

    kinds: Mapping[str, str]
    streams: Mapping[str, str]
    exposures: Mapping[str, str]

    def of(self, resource: Resource) -> str:
        """The tool that writes a thing, "" where none does. Its declaration knows better than the environment."""
        word = _WORDS.get(resource.id.kind, "")
        said = self.kinds.get(word, "")
        if word in ("topics", "connectors"):
            return self.streams.get(resource.address, said)
        return self.exposures.get(resource.address, said) if word in ("acls", "quotas") else said


def is_elsewhere(stream: Stream) -> bool:
    """Whether a sink's connector is written by some tool that nobody names: what it is like is not known but for what is
    declared, so nothing is compiled of it, and it needs nothing here."""
    return stream.sink is not None and stream.managed_by == "other"


def tools(project: Project) -> Tools:
    """Which other tools write what of a project in its environment."""
    streams, exposures = project.streams.values(), project.exposures.values()
    return Tools(
        kinds=project.environment.managed_by,
        streams={str(one.address): one.managed_by for one in streams if one.managed_by},
        exposures={str(one.address): one.managed_by for one in exposures if one.managed_by},
    )
