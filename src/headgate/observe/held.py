"""What topics hold, asked of the brokers alone: no record is read.

Source: KIP-734 for the newest record's time; KIP-396 for listing offsets; KIP-430 for what an account may do; Kafka 4.3 docs,
"Authorization and ACLs", for groups: they are all listed for who may DESCRIBE the cluster, else those that it may DESCRIBE.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import AclOperation, AdminClient, OffsetSpec

from headgate.ports import ClusterConnection, Failure, PermanentFailure, TemporaryFailure, client_settings
from headgate.schema.values import EPOCH

_SECONDS = 10.0
_Futures = Mapping[TopicPartition, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a topic holds: `records` between the first offset and the end, `end` the sum of where its partitions end.

    `records` counts what compaction has taken away and the marks of transactions as well. `newest` is in UTC; None where
    the topic is empty.
    """

    partitions: int
    records: int
    end: int
    newest: dt.datetime | None


class Brokers:
    """The brokers of a cluster, over one connection that is kept."""

    def __init__(self, connection: ClusterConnection) -> None:
        self._name = connection.name
        self._who = (connection.kafka or {}).get("username", "this account")
        self._heard: list[str] = []
        quiet: dict[str, Any] = {"error_cb": lambda error: self._heard.append(error.str()), "log_level": 0}
        self._admin = AdminClient({**client_settings(connection.kafka or {}), **quiet})

    def ends(self, topics: Sequence[str]) -> dict[str, int]:
        """The sum of where the partitions of each topic end; of one that is not there, nothing.

        TemporaryFailure where that cannot be said of all of them.
        """
        places = self._places(topics)
        (latest,) = self._asked(places, OffsetSpec.latest())
        try:
            return {topic: sum(one.offset for one in _answers(of, latest)) for topic, of in places.items()}
        except (KafkaException, TimeoutError) as error:
            raise TemporaryFailure(f"{self._name} cannot be asked: {_reason(error)}") from None

    def held(self, topics: Sequence[str]) -> dict[str, Held | Failure]:
        """What each topic holds, or why that cannot be said; of one that is not there, nothing.

        TemporaryFailure where the brokers do not answer at all.
        """
        places = self._places(topics)
        specs = (OffsetSpec.earliest(), OffsetSpec.latest(), OffsetSpec.max_timestamp())
        asked = self._asked(places, *specs)
        found = {topic: _held(topic, of, asked) for topic, of in places.items()}
        return {**found, **self._hidden([topic for topic in topics if topic not in places])}

    def list_every_group(self) -> bool:
        """Whether this account is told of every consumer group. TemporaryFailure where nobody answers."""
        asked = self._admin.describe_cluster(include_authorized_operations=True, request_timeout=_SECONDS)
        try:
            allowed = asked.result(_SECONDS).authorized_operations
        except (KafkaException, TimeoutError) as error:
            raise TemporaryFailure(f"{self._name} cannot be asked: {_reason(error)}") from None
        return AclOperation.DESCRIBE in (allowed or ())

    def _hidden(self, topics: Sequence[str]) -> dict[str, Held | Failure]:
        """Those of the topics that are not listed since this account may not look at them."""
        if not topics:
            return {}
        futures = self._admin.describe_topics(TopicCollection(list(topics)), request_timeout=_SECONDS)
        return {
            topic: PermanentFailure(
                f"`{self._who}` may not describe topic `{topic}`: it needs DESCRIBE on topic `{topic}`"
            )
            for topic, future in futures.items()
            if _code(future.exception(_SECONDS)) == KafkaError.TOPIC_AUTHORIZATION_FAILED
        }

    def _places(self, topics: Sequence[str]) -> dict[str, list[TopicPartition]]:
        try:
            known = self._admin.list_topics(timeout=_SECONDS).topics
        except KafkaException as error:
            self._admin.poll(0)  # errors are told when somebody polls
            why = self._heard[-1] if self._heard else _reason(error)
            raise TemporaryFailure(f"the brokers of {self._name} do not answer: {why}") from None
        return {
            topic: [TopicPartition(topic, number) for number in sorted(known[topic].partitions)]
            for topic in dict.fromkeys(topics)
            if topic in known
        }

    def _asked(self, places: Mapping[str, list[TopicPartition]], *specs: OffsetSpec) -> list[_Futures]:
        """The answers to come to each question about all partitions, asked at once."""
        all_ = [place for of in places.values() for place in of]
        return [
            self._admin.list_offsets(dict.fromkeys(all_, spec), request_timeout=_SECONDS) if all_ else {}
            for spec in specs
        ]


def lists_every_group(connection: ClusterConnection) -> bool:
    """Whether the account of a cluster is told of every consumer group, asked once."""
    return Brokers(connection).list_every_group()


def held(connection: ClusterConnection, topics: Sequence[str]) -> dict[str, Held | Failure]:
    """What each topic of a cluster holds, asked once."""
    return Brokers(connection).held(topics)


def _held(topic: str, places: Sequence[TopicPartition], asked: Sequence[_Futures]) -> Held | Failure:
    try:
        low, high, newest = (_answers(places, futures) for futures in asked)
    except KafkaException as error:
        return PermanentFailure(f"{topic} cannot be looked at: {_reason(error)}")
    except TimeoutError:
        return TemporaryFailure(f"{topic} cannot be looked at: nobody answers")
    times = [one.timestamp for one in newest if one.timestamp >= 0]
    return Held(
        partitions=len(places),
        records=sum(end.offset - begin.offset for begin, end in zip(low, high, strict=True)),
        end=sum(end.offset for end in high),
        newest=EPOCH + dt.timedelta(milliseconds=max(times)) if times else None,
    )


def _answers(places: Sequence[TopicPartition], futures: _Futures) -> list[Any]:
    return [futures[place].result(_SECONDS) for place in places]


def _code(error: BaseException | None) -> int | None:
    return error.args[0].code() if isinstance(error, KafkaException) else None


def _reason(error: Exception) -> str:
    return str(error.args[0].str()) if isinstance(error, KafkaException) else "nobody answers"
