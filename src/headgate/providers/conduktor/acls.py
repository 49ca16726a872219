"""ACLs of what a Gateway serves, which it takes over Kafka's own API on its port (Conduktor docs, "Gateway ACLs")."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from confluent_kafka import KafkaException

from headgate.ports import (
    Change,
    ClusterConnection,
    Connections,
    Failure,
    LiveAcl,
    Observed,
    PermanentFailure,
    TemporaryFailure,
    client_settings,
)
from headgate.providers._acls import EVERYTHING, binding_of, by_name, exactly, fields_of, live_acls
from headgate.providers._http import one_line
from headgate.resources import ResourceId

_SECONDS = 20.0
_SHARED = ("bootstrap_servers", "security_protocol", "sasl_mechanism")
_ADMIN = {"kafka_username": "username", "kafka_password": "password"}


def settings_of(cluster: ClusterConnection) -> dict[str, Any]:
    """How an administrator logs in to the Gateway's Kafka side: as at the brokers, but for what `proxy` says.

    `username` and `password` of `proxy` are of its HTTP API; here it is `kafka_username` and `kafka_password`.
    """
    proxy = dict(cluster.proxy or {})
    own: dict[str, str] = {key: proxy[key] for key in _SHARED if key in proxy}
    own |= {ours: proxy[said] for said, ours in _ADMIN.items() if said in proxy}
    options = {key: value for key, value in proxy.items() if key.startswith("options.")}
    if "bootstrap_servers" not in own:
        raise PermanentFailure(
            f"the environment does not say the proxy's `bootstrap_servers` of `{cluster.name}`"
        )
    return {
        **client_settings({**(cluster.kafka or {}), **own, **options}),
        "error_cb": lambda _: None,
        "log_level": 0,
    }


class Acls:
    """The bindings of one Gateway. `dial` gives an administrator's client."""

    def __init__(
        self, cluster: ClusterConnection, connections: Connections, dial: Callable[[dict[str, Any]], Any]
    ) -> None:
        self._cluster = cluster.name
        self._fill = connections.fill
        self._hide = connections.hide
        self._admin = dial(settings_of(cluster))

    def observe(self, ids: Sequence[ResourceId]) -> list[Observed]:
        """Which bindings are there; their principal spelt as in their identity, where that is a placeholder."""
        there = self._there()
        return [Observed(id_, fields_of(id_, there.get(self._fill(id_.name)))) for id_ in ids]

    def carry_out(self, changes: Sequence[Change]) -> list[Failure | None]:
        """Bindings are made in one request and removed in another."""
        there = self._there()
        outcome: dict[ResourceId, Failure | None] = {change.id: None for change in changes}
        new = {
            c.id: binding_of(c.desired.fields, self._fill)
            for c in changes
            if c.desired is not None and self._fill(c.id.name) not in there
        }
        gone = {
            c.id: exactly(there[name])
            for c in changes
            if c.desired is None and (name := self._fill(c.id.name)) in there
        }
        if new:
            futures = self._admin.create_acls(list(dict.fromkeys(new.values())), request_timeout=_SECONDS)
            outcome |= {id_: self._became(futures[one], id_) for id_, one in new.items()}
        if gone:
            futures = self._admin.delete_acls(list(dict.fromkeys(gone.values())), request_timeout=_SECONDS)
            outcome |= {id_: self._became(futures[one], id_) for id_, one in gone.items()}
        return [outcome[change.id] for change in changes]

    def _there(self) -> dict[str, LiveAcl]:
        try:
            found = self._admin.describe_acls(EVERYTHING, request_timeout=_SECONDS).result(_SECONDS)
        except (KafkaException, TimeoutError) as error:
            raise self._failure(error, "its ACLs cannot be looked at") from None
        return by_name(live_acls(self._cluster, found))

    def _became(self, future: Any, id_: ResourceId) -> Failure | None:
        try:
            future.result(_SECONDS)
        except (KafkaException, TimeoutError) as error:
            return self._failure(error, f"`{id_.name}` cannot be changed")
        return None

    def _failure(self, error: Exception, what: str) -> Failure:
        text, passing = "it does not answer in time", True
        if isinstance(error, KafkaException):
            said = error.args[0]
            # Codes below zero are the client's own: it could not reach the Gateway, or not in time.
            text, passing = one_line(said.str() or said.name()), bool(said.retriable()) or said.code() < 0
        message = self._hide(f"the Gateway of `{self._cluster}`: {what}: {text}")
        return TemporaryFailure(message) if passing else PermanentFailure(message)
