"""State in a compacted topic of one partition, which many projects and machines share.

Whoever writes does so in transactions of a producer named after project and environment: a second one of that name fences
the first (KIP-98), whose next transaction fails. A reader waits for transactions that are not over, other projects'
too, since what was committed may stand behind them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer

from headgate.ports import ClusterConnection, PermanentFailure
from headgate.resources.grants import writing
from headgate.state.formats import CLAIM, Owner, StateDamaged, transactional_id
from headgate.state.kafka_topic import ANSWER_SECONDS, Cluster, TopicReader, config_of, ensure
from headgate.state.ledger import Entry, Fenced, Record
from headgate.state.store import LoggedState

CONFIG = {
    "cleanup.policy": "compact",
    "segment.ms": "86400000",  # what was replaced is read by everybody until its segment is closed and cleaned
    "min.cleanable.dirty.ratio": "0.1",
    "unclean.leader.election.enable": "false",
}
COMMIT_SECONDS = 20.0
TRANSACTION_SECONDS = 10
"""After how long the broker gives up a transaction whose writer died, for those who wait for it."""

_FENCED = frozenset({KafkaError._FENCED, KafkaError.PRODUCER_FENCED, KafkaError.INVALID_PRODUCER_EPOCH})


class TopicLedger:
    """A log in a topic. It is made by its first writer, never by a reader."""

    shared = True

    def __init__(self, connection: ClusterConnection, topic: str, owner: Owner) -> None:
        self._cluster = Cluster(connection)
        self._topic = topic
        self._id = transactional_id(owner.project, owner.environment)
        self._reader = TopicReader(self._cluster, topic)
        self._producer: Any = None
        self._fit = False
        self._latest: dict[str, Entry] = {}

    def latest(self) -> Mapping[str, Entry]:
        """The last record of every key; nothing where there is no such topic."""
        if not self._fit and not self._reader.exists():
            return {}
        for message in self._reader.new():
            key = message.key().decode("utf-8")
            if message.value() is None:
                self._latest.pop(key, None)
                continue
            try:
                value = json.loads(message.value())
            except ValueError as error:
                raise StateDamaged(
                    f"record {message.offset()} of topic `{self._topic}` is none of a state"
                ) from error
            self._latest[key] = Entry(value, message.offset(), message.timestamp()[1])
        return self._latest

    def take(self) -> None:
        """Fences every other writer of this project and environment."""
        self._make_fit()
        self.leave()
        producer = self._cluster.client(
            Producer,
            transactional_id=self._id,
            transaction_timeout_ms=TRANSACTION_SECONDS * 1000,
            queue_buffering_max_messages=1_000_000,
        )
        try:
            producer.init_transactions(ANSWER_SECONDS)
        except KafkaException as error:
            raise self._cluster.failure(error, f"write transactions as `{self._id}`") from None
        self._producer = producer

    def write(self, records: Sequence[Record]) -> None:
        """The records in one transaction. After a failure this is the writer no more, until it takes the log anew."""
        producer, self._producer = self._producer, None
        if producer is None:
            raise Fenced
        try:
            producer.begin_transaction()
            for key, value in records:
                producer.produce(self._topic, key=key, value=_bytes(value), partition=0)
            producer.commit_transaction(COMMIT_SECONDS)
        except KafkaException as error:
            cause = error.args[0]
            if cause.code() in _FENCED:
                raise Fenced from None
            if cause.txn_requires_abort():
                with suppress(KafkaException):
                    producer.abort_transaction(ANSWER_SECONDS)
            raise self._cluster.failure(error, f"write topic `{self._topic}`") from None
        self._producer = producer

    def leave(self) -> None:
        """This is the writer no more."""
        self._producer = None

    def close(self) -> None:
        """Lets go of the clients."""
        self.leave()
        self._reader.close()

    def _make_fit(self) -> None:
        """There is a topic, it has one partition, and forgets nothing but what was replaced."""
        if self._fit:
            return
        grants = writing(f"User:{self._cluster.user or '…'}", self._topic, self._id)
        ensure(self._cluster, self._reader, CONFIG, grants)
        partitions = len(self._reader.metadata().topics[self._topic].partitions)
        if partitions != 1:
            raise PermanentFailure(
                f"topic `{self._topic}` has {partitions} partitions; a state is kept in one"
            )
        config = config_of(self._cluster, self._topic)
        if config is not None and config["cleanup.policy"] != "compact":
            raise PermanentFailure(
                f"topic `{self._topic}` has `cleanup.policy={config['cleanup.policy']}`, with which a state is lost; "
                "it needs `compact`"
            )
        self._fit = True


def _bytes(value: Mapping[str, Any] | None) -> bytes | None:
    if value is None:
        return None
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def open_topic_state(
    connection: ClusterConnection, topic: str, *, project: str, environment: str, version: str, backups: Path
) -> LoggedState:
    """The state in a topic; empty where there is no such topic, which reading does not make.

    StateTooNew or StateDamaged where it cannot be read, a Failure where the cluster cannot be.
    """
    if project == CLAIM:
        raise PermanentFailure(f"a project that is called `{CLAIM}` cannot keep its state in a topic")
    owner = Owner(project, environment, version)
    return LoggedState(TopicLedger(connection, topic, owner), owner, backups=backups)
