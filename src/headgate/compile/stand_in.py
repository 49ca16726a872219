"""On the local stack a sink to a database is a table of the stack's PostgreSQL: same key, columns and mode."""

from __future__ import annotations

from dataclasses import replace

from headgate.compile.connector import ConnectorType, Sink
from headgate.compile.connectors.jdbc import TYPE as JDBC
from headgate.compile.placeholders import connection
from headgate.project.declarations import Cluster, Environment
from headgate.project.local_stack import LOCAL

MARK = "headgate.stands_in_for"
"""The key of the connector's configuration that says so, for whoever looks at it."""


def stands_in(environment: Environment, type_: ConnectorType | None) -> bool:
    """Whether a sink of that type is stood in for in an environment."""
    return environment.engine == LOCAL and type_ is not None and type_.stand_in is not None


def stood_in(type_: ConnectorType, sink: Sink, cluster: Cluster) -> tuple[ConnectorType, Sink]:
    """The connector to a table that stands in, and the sink as it takes it; the type must say how."""
    assert type_.stand_in is not None
    login = {
        "connection.url": connection(cluster, "warehouse", "url"),
        "connection.username": connection(cluster, "warehouse", "username"),
        "connection.password": connection(cluster, "warehouse", "password"),
        "schema.evolution": "basic",
        # Columns keep their names, whatever they are; the table's is in lower case, so it is found unquoted.
        "quote.identifiers": "true",
        MARK: type_.name,
    }
    return replace(JDBC, fixed=login), replace(sink, config=type_.stand_in(sink))
