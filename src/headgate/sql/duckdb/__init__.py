"""Flink SQL as DuckDB's, for bounded inputs: what Flink answers once its watermark has passed their end.

`rewrite` is for queries that are run, `rewrite_view` for streams that are a projection of another, record by record.
"""

from headgate.sql.duckdb._model import DuckDbQuery, LateProbe, Refused
from headgate.sql.duckdb.rewriting import rewrite, rewrite_view

__all__ = ["DuckDbQuery", "LateProbe", "Refused", "rewrite", "rewrite_view"]
