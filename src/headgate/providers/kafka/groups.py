"""Consumer groups: what they read, who is in them, and how far behind they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import OffsetSpec

from headgate.ports import LiveGroup, PermanentFailure, TemporaryFailure
from headgate.providers.kafka.broker import Broker, first_failure
from headgate.providers.kafka.failures import Doing

_DOES_NOT_SAY = (TemporaryFailure, PermanentFailure)
Place = tuple[str, int]
"""A topic and one of its partitions."""


def groups(broker: Broker, topics: Sequence[str] = ()) -> list[LiveGroup]:
    """The groups that read any of these topics, of all topics without any; sorted by name.

    Some questions for all groups, whose answers are awaited together: a group's offsets are a question of their own.
    """
    doing = Doing("list groups", "DESCRIBE on them")
    listed = broker.answer(broker.admin.list_consumer_groups(request_timeout=broker.look_seconds), doing)
    for error in listed.errors:
        # Each broker lists the groups that it coordinates: where one does not answer, there are more.
        raise broker.failure(error.args[0], doing)
    states = {one.group_id: one.state.name.lower() for one in listed.valid}
    members = _members(broker, sorted(states))
    committed = _committed(broker, sorted(states))
    failure = first_failure([*members.values(), *committed.values()])
    if failure is not None:
        raise failure
    wanted = set(topics)
    reads = {name: {topic for topic, _ in (*_assigned(members[name]), *committed[name])} for name in states}
    reads = {
        name: found & wanted if wanted else found
        for name, found in reads.items()
        if not wanted or found & wanted
    }
    ends = _ends(
        broker, {place for name in reads for place in _places(members[name], committed[name], reads[name])}
    )
    return [
        _group(broker.name, name, states[name], members[name], committed[name], reads[name], ends)
        for name in sorted(reads)
    ]


def _members(broker: Broker, names: Sequence[str]) -> dict[str, Any]:
    if not names:
        return {}
    return broker.answers(
        broker.admin.describe_consumer_groups(list(names), request_timeout=broker.look_seconds),
        lambda name: _doing("describe", name),
    )


def _committed(broker: Broker, names: Sequence[str]) -> dict[str, Any]:
    futures: dict[str, Any] = {}
    for name in names:
        asked = [ConsumerGroupTopicPartitions(name)]
        futures |= broker.admin.list_consumer_group_offsets(asked, request_timeout=broker.look_seconds)
    answers = broker.answers(futures, lambda name: _doing("look at the offsets of", name))
    return {
        name: answer
        if isinstance(answer, _DOES_NOT_SAY)
        else {(one.topic, one.partition): one.offset for one in answer.topic_partitions if one.offset >= 0}
        for name, answer in answers.items()
    }


def _assigned(description: Any) -> list[Place]:
    return [
        (one.topic, one.partition)
        for member in description.members
        for one in (member.assignment.topic_partitions if member.assignment else ())
    ]


def _places(description: Any, committed: Mapping[Place, int], topics: set[str]) -> set[Place]:
    return {place for place in (*_assigned(description), *committed) if place[0] in topics}


def _ends(broker: Broker, places: set[Place]) -> dict[Place, int]:
    """Where each partition ends now; nothing for one that is gone or hidden."""
    if not places:
        return {}
    asked = {TopicPartition(*place): OffsetSpec.latest() for place in sorted(places)}
    answers = broker.answers(
        broker.admin.list_offsets(asked, request_timeout=broker.look_seconds),
        lambda one: Doing(f"look at the end of topic `{one.topic}`", f"DESCRIBE on topic `{one.topic}`"),
    )
    return {
        (one.topic, one.partition): answer.offset
        for one, answer in answers.items()
        if not isinstance(answer, _DOES_NOT_SAY)
    }


def _group(
    cluster: str,
    name: str,
    state: str,
    description: Any,
    committed: Mapping[Place, int],
    topics: set[str],
    ends: Mapping[Place, int],
) -> LiveGroup:
    lag: dict[str, int] = defaultdict(int)
    uncommitted: dict[str, int] = defaultdict(int)
    for place in sorted(_places(description, committed, topics)):
        if place not in committed:
            uncommitted[place[0]] += 1
        elif place in ends:
            lag[place[0]] += max(0, ends[place] - committed[place])
    return LiveGroup(
        cluster=cluster,
        name=name,
        state=state,
        topics=tuple(sorted(topics)),
        clients=tuple(sorted({member.client_id for member in description.members})),
        lag=dict(lag),
        uncommitted=dict(uncommitted),
    )


def _doing(what: str, name: str) -> Doing:
    return Doing(f"{what} group `{name}`", f"DESCRIBE on group `{name}`")
