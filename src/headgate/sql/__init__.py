"""The only door to the SQL library: Flink SQL parsed, bound to its inputs, and made DuckDB SQL."""

from headgate.sql.analysis import analyse, relations_of
from headgate.sql.bind import Named, TypesOut, bind
from headgate.sql.parse import Parsed, parse

__all__ = ["Named", "Parsed", "TypesOut", "analyse", "bind", "parse", "relations_of"]
