"""A project's query rendered once more with other variables: what a unit test's `overrides` ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headgate.addresses import Address
from headgate.diagnostics import Diagnostic
from headgate.project.declarations import Project, Sql
from headgate.project.names import Names
from headgate.project.queries import Queries
from headgate.project.sql_files import SqlText
from headgate.syntax.jinja import Templates


def query_with(
    project: Project, address: Address, variables: Mapping[str, Any]
) -> tuple[Sql | None, list[Diagnostic]]:
    """The query of a stream with `variables` over the project's own; None for a stream that has none."""
    sql = project.streams[address].sql
    if sql is None or not sql.text or sql.place is None:
        return sql, []
    names = Names(
        project.name,
        relations={address: stream.relation for address, stream in project.streams.items()},
        latest=dict(project.latest_versions),
        packages=project.packages,
    )
    found: list[Diagnostic] = []
    templates = Templates(project.macros)
    queries = Queries(names, {**project.vars, **variables}, templates, found)
    rendered = queries.query(SqlText(sql.text, sql.place), address, config=True)
    # Only what the variables changed is news: the rest was said when the project was loaded.
    return rendered, [d for d in found if d.code.id.startswith("HGP02")]
