"""Small projects and what their roles see: for tests of the graph of permissions."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from checked import loaded
from headgate.addresses import Address, Kind
from headgate.diagnostics import Severity
from headgate.graph.permissions import Permissions, StreamView, build

PEOPLE = """
groups:
  - {name: finance, members: [team-finance]}
  - {name: marketing, members: [team-marketing]}
roles:
  - {name: visitor, clearance: public}
  - {name: clerk}
  - {name: auditor, clearance: confidential}
  - {name: chief, clearance: highly_sensitive}
  - {name: banker, group: finance}
"""
CARDS = """
sources:
  - name: cards
    owner: team-finance
    columns:
      - {name: id, data_type: string, classification: public}
      - {name: name, data_type: string}
      - {name: number, data_type: string, classification: highly_sensitive}
      - {name: cents, data_type: bigint, classification: confidential}
"""


def permissions(models: str, sources: str = CARDS, people: str = PEOPLE, **more: str) -> Permissions:
    """The permissions of a project, whose references and queries must be sound."""
    files: Mapping[str, str] = {
        "sources.yml": textwrap.dedent(sources),
        "people.yml": textwrap.dedent(people),
        "models.yml": textwrap.dedent(models),
        **{name.replace("__", "/") + ".yml": text for name, text in more.items()},
    }
    graph, found = loaded(files)
    assert graph is not None, found
    assert [d for d in found if d.severity is Severity.ERROR] == []
    return build(graph)


def view(known: Permissions, stream: str, role: str, purpose: str | None = None) -> StreamView:
    """What a role sees of a model or source by name."""
    name, _, version = stream.partition(".v")
    candidates = [Address(kind, name, int(version or 0)) for kind in (Kind.MODEL, Kind.SOURCE)]
    return known.view(role, purpose, next(a for a in candidates if a in known.policies))


def forms(known: Permissions, stream: str, role: str, purpose: str | None = None) -> dict[str, str]:
    """The form of each column, for a role and a purpose."""
    return {name: str(column.form) for name, column in view(known, stream, role, purpose).columns.items()}


def model(name: str, sql: str, security: str = "", group: str = "finance", more: str = "") -> str:
    """One model of a `models:` list; `security` and `more` are indented as written under it."""
    owner = f"team-{group}" if group else ""
    lines = [
        f"  - name: {name}",
        "    materialized: flink_stream",
        "    flink: {state_ttl: 1 day}",
        *([f"    group: {group}", f"    owner: {owner}"] if group else []),
        *([textwrap.indent(textwrap.dedent(more).strip(), "    ")] if more else []),
        *(
            ["    security:", textwrap.indent(textwrap.dedent(security).strip(), "      ")]
            if security
            else []
        ),
        f'    sql: "{sql}"',
    ]
    return "\n".join(lines) + "\n"


def models(*each: str) -> str:
    return "models:\n" + "".join(each)
