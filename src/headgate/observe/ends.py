"""How far topics go, asked for again and again over one connection to each cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType

from headgate.observe.held import Brokers
from headgate.ports import Connections


class Ends:
    """The topics of some clusters, by cluster; to be closed."""

    def __init__(self, connections: Connections, topics: Mapping[str, Sequence[str]]) -> None:
        self._brokers = {cluster: Brokers(connections.clusters[cluster]) for cluster in topics}
        self._topics = topics

    def __enter__(self) -> Ends:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._brokers.clear()

    def held(self) -> dict[str, int]:
        """The sum of the end offsets of each topic, by `cluster/topic`; of one that is not there, nothing."""
        return {
            f"{cluster}/{topic}": end
            for cluster, brokers in self._brokers.items()
            for topic, end in brokers.ends(self._topics[cluster]).items()
        }
