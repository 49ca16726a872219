"""Everything that a cluster holds and that this user may see."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from headgate.ports import Failure, Listing, LiveTopic, PermanentFailure, TemporaryFailure
from headgate.providers.kafka import acls, users
from headgate.providers.kafka.broker import Broker, first_failure
from headgate.providers.kafka.groups import groups
from headgate.providers.kafka.topic_looks import configurations, describe, shape

_Thing = TypeVar("_Thing")
_FAILURES = (TemporaryFailure, PermanentFailure)


def list_all(broker: Broker) -> Listing:
    """What the cluster holds; what is denied is told, and what cannot be reached at all is a Failure."""
    unseen: list[str] = []
    found, denied = _topics(broker)
    unseen += denied
    bindings = _seen(broker, acls.bindings, unseen)
    return Listing(
        topics=tuple(found),
        acls=tuple(bindings or ()),
        groups=tuple(_seen(broker, groups, unseen) or ()),
        users=tuple(_seen(broker, users.users, unseen) or ()),
        unseen=tuple(unseen),
        acls_unseen=(broker.name,) if bindings is None else (),
    )


def _seen(
    broker: Broker, look: Callable[[Broker], Sequence[_Thing]], unseen: list[str]
) -> Sequence[_Thing] | None:
    """What a look shows; None where it is denied, which is told."""
    try:
        return look(broker)
    except PermanentFailure as failure:
        unseen.append(f"cluster `{broker.name}`: {failure}")
        return None


def _topics(broker: Broker) -> tuple[list[LiveTopic], list[str]]:
    """The topics whose existence this user may know of, but Kafka's own."""
    described = describe(broker, broker.topic_names())
    described = {
        name: one for name, one in described.items() if isinstance(one, _FAILURES) or not one.is_internal
    }
    configs = configurations(broker, list(described))
    found = [
        LiveTopic(cluster=broker.name, name=name, **shape(one), config=_readable(configs.get(name)))
        for name, one in sorted(described.items())
        if not isinstance(one, _FAILURES)
    ]
    return found, list(_denied(broker, [*described.values(), *configs.values()]))


def _readable(config: object) -> dict[str, str]:
    return config if isinstance(config, dict) else {}


def _denied(broker: Broker, answers: Sequence[object]) -> Iterator[str]:
    failure: Failure | None = first_failure(answers)
    if failure is not None:
        yield f"cluster `{broker.name}`: {failure}"
