"""How the systems of an environment are reached: resolved values, which never print."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from headgate.ports._model import PermanentFailure

_PLACEHOLDER = re.compile(r"\$\{((?:cluster|sink|kms)\.[^}]+)\}")

Settings = Mapping[str, str]
"""The keys of one part of a cluster, as the environment file has them, with their values."""


_OPTION = "options."
_CLIENT = {
    "bootstrap_servers": "bootstrap.servers",
    "security_protocol": "security.protocol",
    "sasl_mechanism": "sasl.mechanism",
    "username": "sasl.username",
    "password": "sasl.password",
}


def client_settings(kafka: Settings) -> dict[str, str]:
    """The `kafka` part of a cluster as librdkafka spells it; what stands under `options` goes as it is.

    Who logs in by name and says no protocol means one that nobody can listen to.
    """
    said = {theirs: kafka[ours] for ours, theirs in _CLIENT.items() if kafka.get(ours)}
    if "sasl.username" in said:
        said.setdefault("security.protocol", "SASL_SSL")
    options = {key.removeprefix(_OPTION): value for key, value in kafka.items() if key.startswith(_OPTION)}
    return {**said, **options}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ClusterConnection:
    """One cluster: its parts, None where it has none. `identities` are what jobs and connectors log in as."""

    name: str
    kafka: Settings | None = None
    schema_registry: Settings | None = None
    flink: Settings | None = None
    connect: Mapping[str, Settings] = field(default_factory=dict)
    proxy: Settings | None = None
    console: Settings | None = None
    identities: Mapping[str, Settings] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Connections:
    """Every cluster of an environment, and the values that stand for the placeholders of compiled things.

    `project` and `environment` name whose things are made; `secrets` are the values that nobody may see.
    """

    project: str
    environment: str
    clusters: Mapping[str, ClusterConnection]
    values: Mapping[str, str] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()

    def fill(self, value: Any) -> Any:
        """A compiled value with its placeholders (`${cluster.prod-eu.kafka.bootstrap_servers}`) filled in.

        PermanentFailure where the environment does not say one.
        """
        if isinstance(value, str):
            return _PLACEHOLDER.sub(self._value, value)
        if isinstance(value, Mapping):
            return {key: self.fill(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.fill(item) for item in value]
        return value

    def hide(self, text: str) -> str:
        """A text of a system's, for people: without any secret that it repeats."""
        for secret in sorted(self.secrets, key=len, reverse=True):
            text = text.replace(secret, "***")
        return text

    def _value(self, match: re.Match[str]) -> str:
        try:
            return self.values[match[1]]
        except KeyError:
            raise PermanentFailure(f"the environment does not say `{match[1]}`") from None


def has_placeholder(text: str) -> bool:
    """Whether a compiled text waits for a value of the environment."""
    return bool(_PLACEHOLDER.search(text))
