"""ACL bindings (Kafka docs, "Authorization and ACLs"): all of a cluster in one question, many changed in one request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from confluent_kafka.admin import AclBinding, AclBindingFilter, AclOperation

from headgate.ports import Change, Failure, LiveAcl, Observed
from headgate.providers._acls import EVERYTHING, binding_of, by_name, exactly, fields_of, live_acls
from headgate.providers.kafka.broker import CHANGE_SECONDS, Broker, batches, shown
from headgate.providers.kafka.failures import Doing
from headgate.resources import ResourceId

_Outcome = dict[ResourceId, Failure | None]


def observe(broker: Broker, ids: Sequence[ResourceId]) -> list[Observed]:
    """Which bindings are there; their principal spelt as in their identity, where that is a placeholder."""
    live = by_name(bindings(broker))
    return [Observed(id_, fields_of(id_, live.get(broker.fill(id_.name)))) for id_ in ids]


def carry_out(broker: Broker, changes: Sequence[Change]) -> list[Failure | None]:
    """Makes and removes bindings, and waits until the brokers know: until then they refuse who is let in."""
    live = by_name(bindings(broker))
    there = {change.id: live.get(broker.fill(change.id.name)) for change in changes}
    new = {
        change.id: binding_of(change.desired.fields, broker.fill)
        for change in changes
        if change.desired is not None and there[change.id] is None
    }
    gone = {
        change.id: exactly(acl)
        for change in changes
        if change.desired is None and (acl := there[change.id]) is not None
    }
    if new or gone:
        broker.must(AclOperation.ALTER, "change ACLs")
    outcome: _Outcome = dict.fromkeys(there)
    outcome |= _create(broker, new)
    outcome |= _delete(broker, gone)
    return [outcome[change.id] for change in changes]


def bindings(broker: Broker) -> list[LiveAcl]:
    """Every binding of the cluster on things that this library knows."""
    broker.must(AclOperation.DESCRIBE, "look at ACLs")
    doing = Doing("look at ACLs", "DESCRIBE on the cluster")
    found = broker.answer(broker.admin.describe_acls(EVERYTHING, request_timeout=CHANGE_SECONDS), doing)
    return live_acls(broker.name, found)


def _create(broker: Broker, wanted: Mapping[ResourceId, AclBinding]) -> _Outcome:
    outcome: dict[AclBinding, Failure | None] = {}
    for batch in batches(dict.fromkeys(wanted.values()), lambda _: 1):
        outcome |= broker.answers(
            broker.admin.create_acls(batch, request_timeout=CHANGE_SECONDS),
            lambda one: Doing(f"let {one.principal} {one.operation.name} {one.name}", "ALTER on the cluster"),
            CHANGE_SECONDS,
        )
    made = {id_: outcome[one] for id_, one in wanted.items()}
    return shown(broker, made, lambda ids: set(ids) - _there(broker, ids), "made")


def _delete(broker: Broker, unwanted: Mapping[ResourceId, AclBindingFilter]) -> _Outcome:
    outcome: dict[AclBindingFilter, Failure | None] = {}
    for batch in batches(dict.fromkeys(unwanted.values()), lambda _: 1):
        answers = broker.answers(
            broker.admin.delete_acls(batch, request_timeout=CHANGE_SECONDS),
            lambda one: Doing(f"take {one.name} from {one.principal}", "ALTER on the cluster"),
            CHANGE_SECONDS,
        )
        outcome |= {one: None if isinstance(answer, list) else answer for one, answer in answers.items()}
    removed = {id_: outcome[one] for id_, one in unwanted.items()}
    return shown(broker, removed, lambda ids: _there(broker, ids), "removed")


def _there(broker: Broker, ids: Sequence[ResourceId]) -> set[ResourceId]:
    live = by_name(bindings(broker))
    return {id_ for id_ in ids if broker.fill(id_.name) in live}
