"""How much topics hold: the ends of their partitions, asked for again and again over one connection each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec

from headgate.ports import Connections, TemporaryFailure, client_settings

_SECONDS = 10.0


class Ends:
    """The topics of some clusters, by cluster; to be closed."""

    def __init__(self, connections: Connections, topics: Mapping[str, Sequence[str]]) -> None:
        quiet: dict[str, Any] = {"error_cb": lambda _: None, "log_level": 0}
        self._admins = {
            cluster: AdminClient({**client_settings(connections.clusters[cluster].kafka or {}), **quiet})
            for cluster in topics
        }
        self._topics = topics

    def __enter__(self) -> Ends:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._admins.clear()

    def held(self) -> dict[str, int]:
        """The sum of the end offsets of each topic, by `cluster/topic`; of one that is not there, nothing."""
        found: dict[str, int] = {}
        for cluster, admin in self._admins.items():
            try:
                known = admin.list_topics(timeout=_SECONDS).topics
                asked = {
                    TopicPartition(topic, number): OffsetSpec.latest()  # type: ignore[no-untyped-call] # the client has no types here
                    for topic in self._topics[cluster]
                    if topic in known
                    for number in known[topic].partitions
                }
                answers = admin.list_offsets(asked, request_timeout=_SECONDS) if asked else {}
                for partition, answer in answers.items():
                    name = f"{cluster}/{partition.topic}"
                    found[name] = found.get(name, 0) + answer.result(_SECONDS).offset
            except KafkaException as error:
                raise TemporaryFailure(f"{cluster} cannot be asked: {error.args[0].str()}") from None
        return found
