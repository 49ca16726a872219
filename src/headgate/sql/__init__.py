"""The only door to the SQL library: Flink SQL in; columns, types, lineage, changelog mode and DuckDB text out."""
