"""Topics as DuckDB tables, models as queries over them, policies applied on read."""
