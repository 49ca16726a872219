"""Users that log in by SCRAM, made and removed while the brokers run (KIP-554)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from confluent_kafka.admin import (
    AclOperation,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)

from headgate.ports import Change, Failure, LiveUser, Observed, PermanentFailure
from headgate.providers.kafka.broker import CHANGE_SECONDS, Broker, batches, shown
from headgate.providers.kafka.failures import Absent, Doing
from headgate.providers.kafka.logins import Login, logins
from headgate.providers.kafka.names import cluster_in, name_in
from headgate.resources import ResourceId
from headgate.resources.live import OTHER_PASSWORD, UNKNOWN_PASSWORD, user_password

_MECHANISMS = {
    "SCRAM-SHA-512": ScramMechanism.SCRAM_SHA_512,
    "SCRAM-SHA-256": ScramMechanism.SCRAM_SHA_256,
}
_SPELT = {theirs: ours for ours, theirs in _MECHANISMS.items()}

Credentials = dict[str, int]
"""The iterations of each mechanism that a user has."""


def observe(broker: Broker, ids: Sequence[ResourceId]) -> list[Observed]:
    """Which users are there. Their password cannot be seen: whether it is the declared one is found by logging in."""
    live = credentials(broker)
    let_in = logins(broker, [one for id_ in ids for one in _declared(broker, id_, live.get(name_in(id_)))])
    return [Observed(id_, _fields(id_, live.get(name_in(id_)), let_in.get(name_in(id_)))) for id_ in ids]


def carry_out(broker: Broker, changes: Sequence[Change]) -> list[Failure | None]:
    """Makes, changes and removes users in one request."""
    broker.must(AclOperation.ALTER, "change SCRAM users")
    live = credentials(broker)
    asked: dict[str, list[Any]] = {
        name_in(change.id): _alterations(broker, change, live.get(name_in(change.id), {}))
        for change in changes
    }
    outcome: dict[str, Failure | None] = dict.fromkeys(asked)
    for batch in batches((one for some in asked.values() for one in some), lambda _: 1):
        answers = broker.answers(
            broker.admin.alter_user_scram_credentials(batch, request_timeout=CHANGE_SECONDS),
            lambda name: Doing(f"change user `{name}`", "ALTER on the cluster"),
            CHANGE_SECONDS,
        )
        outcome |= {name: None if isinstance(one, Absent) else one for name, one in answers.items()}
    wanted = {name_in(change.id): change for change in changes}

    def not_yet(names: list[str]) -> set[str]:
        seen = credentials(broker)
        late = {name for name in names if seen.get(name, {}) != _wanted(wanted[name])}
        let_in = logins(
            broker, [login for name in names if name not in late for login in _made(broker, wanted[name])]
        )
        return late | {name for name, one in let_in.items() if one is False}

    outcome = shown(broker, outcome, not_yet, "changed")
    return [outcome[name_in(change.id)] for change in changes]


def credentials(broker: Broker) -> dict[str, Credentials]:
    """Every user and how it can log in."""
    broker.must(AclOperation.DESCRIBE, "look at SCRAM users")
    doing = Doing("look at SCRAM users", "DESCRIBE on the cluster")
    future = broker.admin.describe_user_scram_credentials(None, request_timeout=broker.look_seconds)
    return {
        name: {_SPELT[one.mechanism]: one.iterations for one in found.scram_credential_infos}
        for name, found in broker.answer(future, doing).items()
    }


def users(broker: Broker) -> list[LiveUser]:
    """Every user, for people."""
    found = sorted(credentials(broker).items())
    return [LiveUser(cluster=broker.name, name=name, mechanisms=tuple(sorted(one))) for name, one in found]


def _fields(id_: ResourceId, live: Credentials | None, let_in: bool | None) -> dict[str, Any] | None:
    if not live:
        return None
    declared = user_password(cluster_in(id_), name_in(id_))
    mechanism = _mechanism(live)
    return {
        "cluster": cluster_in(id_),
        "mechanism": mechanism,
        "iterations": live[mechanism],
        "password": {True: declared, False: OTHER_PASSWORD, None: UNKNOWN_PASSWORD}[let_in],
    }


def _mechanism(live: Credentials) -> str:
    return next(name for name in _MECHANISMS if name in live)


def _declared(broker: Broker, id_: ResourceId, live: Credentials | None) -> Iterator[Login]:
    """How a user that is there would log in by its declared password; nothing where the environment does not say it."""
    if live:
        with suppress(PermanentFailure):
            password = broker.fill(user_password(cluster_in(id_), name_in(id_)))
            yield Login(name_in(id_), _mechanism(live), password)


def _made(broker: Broker, change: Change) -> Iterator[Login]:
    """How a user that was made or changed logs in."""
    if change.desired is not None:
        fields = change.desired.fields
        yield Login(name_in(change.id), fields["mechanism"], broker.fill(fields["password"]))


def _wanted(change: Change) -> Credentials:
    if change.desired is None:
        return {}
    return {change.desired.fields["mechanism"]: change.desired.fields["iterations"]}


def _alterations(broker: Broker, change: Change, live: Mapping[str, int]) -> list[Any]:
    """What makes a user exactly as desired: its one mechanism set, any other taken away."""
    name, wanted = name_in(change.id), _wanted(change)
    found: list[Any] = [
        UserScramCredentialDeletion(name, _MECHANISMS[one]) for one in live if one not in wanted
    ]
    if change.desired is not None:
        password = broker.fill(change.desired.fields["password"]).encode()
        for mechanism, iterations in wanted.items():
            info = ScramCredentialInfo(_MECHANISMS[mechanism], iterations)
            found.append(UserScramCredentialUpsertion(name, info, password))
    return found
