"""Names to edges, order and cycles; facts joined across models; the graph of permissions."""
