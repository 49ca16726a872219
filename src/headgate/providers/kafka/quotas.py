"""How fast a user may write and read, in bytes a second and broker (KIP-546, "Client Quota APIs")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from confluent_kafka import KafkaError
from confluent_kafka.admin import AclOperation
from kafka.protocol.admin import AlterClientQuotasRequest, DescribeClientQuotasRequest

from headgate.ports import Change, Failure, Observed, PermanentFailure
from headgate.providers.kafka.broker import Broker, shown
from headgate.providers.kafka.failures import Doing, one_line
from headgate.providers.kafka.names import cluster_in, name_in
from headgate.providers.kafka.wire import wire
from headgate.resources import ResourceId

RATES = ("producer_byte_rate", "consumer_byte_rate")
_USER = "user"
_ANY_NAME = 2
"""The match of a filter on all entities that have a name (KIP-546)."""


def observe(broker: Broker, ids: Sequence[ResourceId]) -> list[Observed]:
    """Which users have quotas of ours, and which."""
    broker.must(AclOperation.DESCRIBE_CONFIGS, "look at quotas")
    with wire(broker, "quotas") as client:
        live = _rates(client)
    return [Observed(id_, _fields(id_, live.get(name_in(id_)))) for id_ in ids]


def carry_out(broker: Broker, changes: Sequence[Change]) -> list[Failure | None]:
    """Sets and removes quotas in one request."""
    broker.must(AclOperation.DESCRIBE_CONFIGS, "look at quotas")
    broker.must(AclOperation.ALTER_CONFIGS, "change quotas")
    with wire(broker, "quotas") as client:
        live = _rates(client)
        wanted = {name_in(change.id): _wanted(change) for change in changes}
        unwanted = {name_in(change.id): _unwanted(change, live) for change in changes}
        entries = [
            _entry(user, wanted[user], unwanted[user]) for user in wanted if wanted[user] or unwanted[user]
        ]
        outcome: dict[str, Failure | None] = dict.fromkeys(wanted)
        if entries:
            answers = _sent(client, AlterClientQuotasRequest(entries=entries, validate_only=False)).entries
            outcome |= {answer.entity[0].entity_name: _failure(broker, answer) for answer in answers}

        def not_yet(users: list[str]) -> set[str]:
            seen = _rates(client)
            return {
                user
                for user in users
                if not wanted[user].items() <= seen.get(user, {}).items()
                or not seen.get(user, {}).keys().isdisjoint(unwanted[user])
            }

        outcome = shown(broker, outcome, not_yet, "changed")
    return [outcome[name_in(change.id)] for change in changes]


def _sent(client: Any, request: Any) -> Any:
    # The library has no public method for these two requests; its own methods send theirs like this.
    return client._manager.run(client._manager.send, request)


def _rates(client: Any) -> dict[str, dict[str, int]]:
    """The rates of every user by name: not of defaults, and not of single clients of a user."""
    component = DescribeClientQuotasRequest.ComponentData(entity_type=_USER, match_type=_ANY_NAME, match=None)
    answer = _sent(client, DescribeClientQuotasRequest(components=[component], strict=True))
    if answer.error_code:
        raise PermanentFailure(f"could not look at quotas: {one_line(answer.error_message)}")
    return {
        entry.entity[0].entity_name: {
            value.key: int(value.value) for value in entry.values if value.key in RATES
        }
        for entry in answer.entries
    }


def _fields(id_: ResourceId, live: Mapping[str, int] | None) -> dict[str, Any] | None:
    if not live:
        return None
    rates = {name: live[name] for name in RATES if name in live}
    return {"cluster": cluster_in(id_), "user": name_in(id_), **rates}


def _wanted(change: Change) -> dict[str, int]:
    fields = change.desired.fields if change.desired is not None else {}
    return {name: fields[name] for name in RATES if name in fields}


def _unwanted(change: Change, live: Mapping[str, Mapping[str, int]]) -> list[str]:
    """The rates that are to go: a user's quota goes whole, while another's rate beside ours stays."""
    there = live.get(name_in(change.id), {})
    return [name for name in RATES if name in there and (change.desired is None or name in change.dropped)]


def _entry(user: str, wanted: Mapping[str, int], unwanted: Sequence[str]) -> Any:
    entry = AlterClientQuotasRequest.EntryData
    set_ = [entry.OpData(key=name, value=float(rate), remove=False) for name, rate in wanted.items()]
    removed = [entry.OpData(key=name, value=0.0, remove=True) for name in unwanted]
    return entry(entity=[entry.EntityData(entity_type=_USER, entity_name=user)], ops=[*set_, *removed])


def _failure(broker: Broker, answer: Any) -> Failure | None:
    if not answer.error_code:
        return None
    user = answer.entity[0].entity_name
    doing = Doing(f"set the quotas of `{user}`", "ALTER_CONFIGS on the cluster")
    return broker.failure(KafkaError(answer.error_code, answer.error_message), doing)
