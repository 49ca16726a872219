"""Names to edges, order and cycles; facts joined across models; the graph of permissions."""

from headgate.graph.model import Decider, Graph, Origin, StreamColumn, StreamFacts

__all__ = ["Decider", "Graph", "Origin", "StreamColumn", "StreamFacts"]
