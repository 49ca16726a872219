"""One topic of one partition on a cluster that state or audit is kept in: looked for, made, read to its end.

Nothing here is waited for without end. To read needs READ and DESCRIBE on the topic, and no consumer group.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from confluent_kafka import (
    Consumer,
    IsolationLevel,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, OffsetSpec, ResourceType

from headgate.ports import ClusterConnection, Failure, PermanentFailure, TemporaryFailure, client_settings
from headgate.resources.grants import Grant, acl_commands, topic_command

ANSWER_SECONDS = 10.0
PAUSE_SECONDS = 0.1
READ_SECONDS = 40.0
"""How long records may take to be read. A transaction whose writer died hides what follows it until the broker gives it
up: after its own time-out, and up to `transaction.abort.timed.out.transaction.cleanup.interval.ms` (10 s) more."""
REPLICAS = 3

_BROKER = re.compile(r"^\S+://\S+: ")
_SILENT = logging.getLogger("headgate.kafka")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False

_DENIED = frozenset(
    {
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    }
)
_REFUSED_LOGIN = frozenset(
    {KafkaError._AUTHENTICATION, KafkaError.SASL_AUTHENTICATION_FAILED, KafkaError._SSL}
)
_SILENT_CODES = frozenset(
    {KafkaError._TRANSPORT, KafkaError._RESOLVE, KafkaError._TIMED_OUT, KafkaError._ALL_BROKERS_DOWN}
)
_FINAL = frozenset({KafkaError.TOPIC_EXCEPTION, KafkaError.POLICY_VIOLATION, KafkaError.MSG_SIZE_TOO_LARGE})


class Cluster:
    """How clients of one cluster are made, and what their errors mean."""

    def __init__(self, connection: ClusterConnection) -> None:
        self.name = connection.name
        self._settings = client_settings(connection.kafka or {})
        self.refusal = ""
        """Why the cluster does not let us in, once it has said so."""
        self._silence = ""

    @property
    def user(self) -> str:
        """Who we are there."""
        return self._settings.get("sasl.username", "")

    @property
    def servers(self) -> str:
        """Where it is reached."""
        return self._settings.get("bootstrap.servers", "")

    def client(self, kind: Callable[..., Any], **settings: Any) -> Any:
        """A client of this cluster; its settings are spelled with `_` for `.`. It connects when it is first used."""
        theirs = {key.replace("_", "."): value for key, value in settings.items()}
        try:
            return kind(
                {
                    "client.id": "headgate",
                    "reconnect.backoff.ms": 50,
                    "reconnect.backoff.max.ms": 1000,
                    **self._settings,
                    **theirs,
                    "error_cb": self._told,
                },
                logger=_SILENT,
            )
        except KafkaException as error:
            raise PermanentFailure(
                f"the settings of cluster `{self.name}` are no client's: {error}"
            ) from None

    def failure(self, error: KafkaException, doing: str) -> Failure:
        """What went wrong, without any secret: whether it may pass, and who may not do what."""
        cause = error.args[0]
        if self.refusal:
            return PermanentFailure(f"cluster `{self.name}` does not let `{self.user}` in: {self.refusal}")
        if cause.code() in _DENIED:
            return PermanentFailure(f"`{self.user}` may not {doing} on cluster `{self.name}`")
        if cause.code() in _SILENT_CODES:
            why = f": {self._silence}" if self._silence else ""
            return TemporaryFailure(f"cluster `{self.name}` does not answer at {self.servers}{why}")
        text = f"could not {doing} on cluster `{self.name}` at {self.servers}: {self._without_password(cause.str())}"
        return (PermanentFailure if cause.code() in _FINAL else TemporaryFailure)(text)

    def _told(self, error: KafkaError) -> None:
        if error.code() in _REFUSED_LOGIN:
            self.refusal = self._reason(error)
        elif error.code() in _SILENT_CODES:
            self._silence = self._reason(error)

    def _reason(self, error: KafkaError) -> str:
        """What is wrong, without the broker that librdkafka begins with and the time that it ends with."""
        said = _BROKER.sub("", self._without_password(error.str()))
        return said.partition(" (after ")[0]

    def _without_password(self, text: str) -> str:
        password = self._settings.get("sasl.password")
        return text.replace(password, "***") if password else text


class TopicReader:
    """Reads every record of a topic once, in order, up to its end at the time it is asked."""

    def __init__(self, cluster: Cluster, topic: str) -> None:
        self._cluster = cluster
        self.topic = topic
        self._admin = cluster.client(AdminClient)
        self._consumer: Any = None
        self._assigned = False
        self._next = 0

    def exists(self) -> bool:
        """Whether there is such a topic. Asking never makes one."""
        found = self.metadata().topics[self.topic]
        if found.error is None:
            return True
        if found.error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
            return False
        raise self._failure(KafkaException(found.error))

    def metadata(self) -> Any:
        """What the cluster says of itself and the topic. A refused login is told at once, and not after all the time."""
        until = time.monotonic() + ANSWER_SECONDS
        while True:
            try:
                return self._client().list_topics(self.topic, timeout=1.0)
            except KafkaException as error:
                self._client().poll(0)  # what is wrong is told while polling, if at all
                if self._cluster.refusal or time.monotonic() > until:
                    raise self._failure(error) from None

    def new(self) -> Iterator[Message]:
        """The records since those that were read before, up to the last that was written when this was asked.

        A record in a transaction that is not over yet is waited for.
        """
        return self.between(self._next, self.end())

    def between(self, start: int, end: int) -> Iterator[Message]:
        """The records from one offset up to another, or a little further, as `new`."""
        if start >= end:
            return
        if start != self._next or not self._assigned:
            self._client().assign([TopicPartition(self.topic, 0, start)])
            self._assigned = True
            self._next = start
        until = time.monotonic() + READ_SECONDS
        while self._next < end:
            message = self._client().poll(0.1)
            if message is None:
                if time.monotonic() > until:
                    raise TemporaryFailure(
                        f"`{self.topic}` on cluster `{self._cluster.name}` could not be read to its end in "
                        f"{READ_SECONDS:.0f} s: another apply is writing, or died while it did"
                    )
            elif message.error() is None:
                self._next = message.offset() + 1
                yield message
            elif message.error().code() == KafkaError._PARTITION_EOF:
                self._next = message.offset()
            elif message.error().code() != KafkaError.GROUP_AUTHORIZATION_FAILED:
                # No group is used, so one that may not be is no matter.
                raise self._failure(KafkaException(message.error()))

    def close(self) -> None:
        """Lets go of the clients."""
        if self._consumer is not None:
            self._consumer.close()
            self._consumer = None

    def end(self) -> int:
        """After the last record, whether its transaction is over or not: a committed one may follow one that is open."""
        return self._offset(OffsetSpec.latest())

    def first(self) -> int:
        """Where the first record is that is still kept."""
        return self._offset(OffsetSpec.earliest())

    def _offset(self, of: OffsetSpec) -> int:
        """A broker that has just come back knows no leader for a moment, or has a later one than this client believes,
        which asks with what it knew for minutes: so a new client asks again."""
        partition = TopicPartition(self.topic, 0)
        until = time.monotonic() + ANSWER_SECONDS
        while True:
            asked = self._admin.list_offsets(
                {partition: of},
                isolation_level=IsolationLevel.READ_UNCOMMITTED,
                request_timeout=ANSWER_SECONDS,
            )
            try:
                return int(asked[partition].result().offset)
            except KafkaException as error:
                failure = self._failure(error)
            if isinstance(failure, PermanentFailure) or time.monotonic() > until:
                raise failure
            time.sleep(PAUSE_SECONDS)
            self._admin = self._cluster.client(AdminClient)

    def _client(self) -> Any:
        if self._consumer is None:
            self._consumer = self._cluster.client(
                Consumer,
                group_id="headgate",
                enable_auto_commit=False,
                enable_partition_eof=True,
                auto_offset_reset="earliest",
                isolation_level="read_committed",
                fetch_wait_max_ms=10,
                fetch_error_backoff_ms=50,
            )
        return self._consumer

    def _failure(self, error: KafkaException) -> Failure:
        return self._cluster.failure(error, f"read topic `{self.topic}`")


def ensure(cluster: Cluster, reader: TopicReader, config: Mapping[str, str], grants: Sequence[Grant]) -> None:
    """There is such a topic, of one partition. TopicMissing where we may not make it, with what would give these rights."""
    if reader.exists():
        return
    try:
        _create(cluster, reader.topic, config, brokers=len(reader.metadata().brokers))
    except PermanentFailure as failure:
        commands = [
            topic_command(cluster.servers, reader.topic, config),
            *acl_commands(cluster.servers, grants),
        ]
        raise TopicMissing(failure, tuple(commands)) from None
    until = time.monotonic() + ANSWER_SECONDS
    while not reader.exists():
        if time.monotonic() > until:
            raise TemporaryFailure(f"topic `{reader.topic}` is made, and the brokers do not show it yet")
        time.sleep(PAUSE_SECONDS)


class TopicMissing(PermanentFailure):
    """There is no such topic, and we may not make it. `commands` are for those who may."""

    def __init__(self, cause: PermanentFailure, commands: tuple[str, ...]) -> None:
        super().__init__(
            "\n".join([f"{cause}; whoever may can do it with", *(f"  {one}" for one in commands)])
        )
        self.commands = commands


def _create(cluster: Cluster, topic: str, config: Mapping[str, str], brokers: int) -> None:
    admin = cluster.client(AdminClient)  # a future of a client that is let go never ends
    replicas = min(REPLICAS, brokers)
    kept = {"min.insync.replicas": "2"} if replicas > 2 else {}
    new = NewTopic(topic, 1, replicas, config={**config, **kept})
    asked = admin.create_topics([new], operation_timeout=ANSWER_SECONDS, request_timeout=ANSWER_SECONDS)
    try:
        asked[topic].result()
    except KafkaException as error:
        if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise cluster.failure(error, f"create topic `{topic}`") from None


def config_of(cluster: Cluster, topic: str) -> dict[str, str] | None:
    """The settings of a topic; None where we may not see them."""
    admin = cluster.client(AdminClient)
    asked = admin.describe_configs(
        [ConfigResource(ResourceType.TOPIC, topic)], request_timeout=ANSWER_SECONDS
    )
    try:
        (found,) = [future.result() for future in asked.values()]
    except KafkaException as error:
        if error.args[0].code() == KafkaError.TOPIC_AUTHORIZATION_FAILED:
            return None
        raise cluster.failure(error, f"look at topic `{topic}`") from None
    return {name: entry.value for name, entry in found.items()}
