"""The embedded engine: topics are tables in a DuckDB file, models run as SQL over them."""

from headgate.providers.embedded.engine import Embedded, open_engine

__all__ = ["Embedded", "open_engine"]
