"""What stands in the tables of a project's graph, one function a table."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from headgate.addresses import Address, Kind
from headgate.analysis import Context
from headgate.compile.discovery import compile_project, targets_of
from headgate.compile.target import World
from headgate.diagnostics import line_and_column
from headgate.graph.lineage import Lineage
from headgate.graph.model import Mode, StreamFacts
from headgate.project.declarations import Materialization, Stream
from headgate.syntax import Place

Row = dict[str, Any]

_TEXT, _TEXTS, _NUMBER, _TRUTH = "VARCHAR", "VARCHAR[]", "BIGINT", "BOOLEAN"
_PLACE = {"file": _TEXT, "line": _NUMBER}
_OWNED = {"name": _TEXT, "description": _TEXT, "owner": _TEXT, "group_name": _TEXT, "tags": _TEXTS}
_STREAM = {
    **_OWNED, "access": _TEXT, "cluster": _TEXT, "topic": _TEXT, "format": _TEXT, "key": _TEXTS, "changelog": _TEXT,
    "event_time": _TEXT, "delay_ms": _NUMBER, "contract": _TRUTH, "compatibility": _TEXT, **_PLACE,
}  # fmt: skip
TABLES: Mapping[str, Mapping[str, str]] = {
    "nodes": {"node_id": _TEXT, "kind": _TEXT, **_OWNED, **_PLACE},
    "models": {
        "model_id": _TEXT, "version": _NUMBER, "latest": _TRUTH, "materialized": _TEXT, "partitions": _NUMBER,
        "replication_factor": _NUMBER, "retention_ms": _NUMBER, "state_ttl_ms": _NUMBER, "sql": _TEXT, **_STREAM,
    },
    "sources": {"source_id": _TEXT, "system": _TEXT, "freshness_error_ms": _NUMBER, **_STREAM},
    "columns": {
        "node_id": _TEXT, "model_id": _TEXT, "source_id": _TEXT, "name": _TEXT, "position": _NUMBER, "data_type": _TEXT,
        "nullable": _TRUTH, "description": _TEXT, "classification": _TEXT, "classified_here": _TRUTH, "tags": _TEXTS,
    },
    "edges": {"from_id": _TEXT, "to_id": _TEXT},
    "column_edges": {
        "from_id": _TEXT, "from_column": _TEXT, "to_id": _TEXT, "to_column": _TEXT, "kind": _TEXT, "how": _TEXT,
    },
    "exposures": {
        "exposure_id": _TEXT, "type": _TEXT, "role": _TEXT, **_OWNED, "principal": _TEXT, "allowed_roles": _TEXTS,
        "purpose": _TEXT, "reads": _TEXTS, "writes": _TEXTS, "max_end_to_end_latency_ms": _NUMBER, **_PLACE,
    },
    "policies": {
        "node_id": _TEXT, "kind": _TEXT, "column_name": _TEXT, "method": _TEXT, "key": _TEXT, "roles": _TEXTS,
        "purpose": _TEXT, "level": _TEXT, "reason": _TEXT, **_PLACE,
    },
    "permissions": {
        "role": _TEXT, "purpose": _TEXT, "node_id": _TEXT, "column_name": _TEXT, "form": _TEXT, "given": _TRUTH,
        "rule": _TEXT, **_PLACE,
    },
    "tests": {
        "test_id": _TEXT, "name": _TEXT, "kind": _TEXT, "node_id": _TEXT, "assertion": _TEXT, "type": _TEXT,
        "severity": _TEXT, "tags": _TEXTS, **_PLACE,
    },
    "artifacts": {"path": _TEXT, "target": _TEXT, "node_id": _TEXT, "sha256": _TEXT, "bytes": _NUMBER},
}  # fmt: skip
"""Every table with its columns and their types. What a declaration does not say is null; lists are empty then."""


@dataclass(frozen=True)
class GraphRows:
    """The rows of the tables of one graph, in the order of the project."""

    context: Context

    def of(self, table: str) -> list[Mapping[str, Any]]:
        """The rows of a table."""
        makers: dict[str, Callable[[], Iterator[Row]]] = {
            "nodes": self._nodes,
            "models": self._models,
            "sources": self._sources,
            "columns": self._columns,
            "edges": self._edges,
            "column_edges": self._column_edges,
            "exposures": self._exposures,
            "policies": self._policies,
            "permissions": self._permissions,
            "tests": self._tests,
            "artifacts": self._artifacts,
        }
        return list(makers[table]())

    @cached_property
    def _lineage(self) -> Lineage:
        return Lineage(self.context.graph)

    def _nodes(self) -> Iterator[Row]:
        for address, node in self._lineage.nodes.all.items():
            said = {name: getattr(node, attribute, "") or None for name, attribute in _SAID.items()}
            tags = list(getattr(node, "tags", ()))
            yield {
                "node_id": str(address),
                "kind": address.kind.value,
                **said,
                "tags": tags,
                **_at(node.place),
            }

    def _models(self) -> Iterator[Row]:
        for stream in self.context.streams:
            if stream.materialized is Materialization.SOURCE:
                continue
            yield {
                "model_id": str(stream.address),
                "version": stream.version or None,
                "latest": stream.latest,
                "materialized": stream.materialized.value,
                "partitions": stream.kafka.partitions or None,
                "replication_factor": stream.kafka.replication_factor or None,
                "retention_ms": stream.kafka.retention_ms,
                "state_ttl_ms": stream.flink.state_ttl_ms or None,
                "sql": stream.sql.rendered.text if stream.sql is not None else None,
                **self._stream(stream),
            }

    def _sources(self) -> Iterator[Row]:
        for stream in self.context.streams:
            if stream.materialized is Materialization.SOURCE:
                late = stream.freshness.error_after_ms if stream.freshness is not None else 0
                yield {
                    "source_id": str(stream.address),
                    "system": stream.system or None,
                    "freshness_error_ms": late or None,
                    **self._stream(stream),
                }

    def _stream(self, stream: Stream) -> Row:
        facts = self.context.facts(stream.address) or StreamFacts(address=stream.address, known=False)
        return {
            **{name: getattr(stream, attribute) or None for name, attribute in _SAID.items()},
            "tags": list(stream.tags),
            "access": stream.access.value,
            "cluster": stream.cluster or None,
            "topic": World(self.context).topic(stream) or None,
            "format": stream.format,
            "key": list(facts.key or stream.key),
            "changelog": facts.mode.value if facts.known else Mode.APPEND.value,
            "event_time": facts.event_time or None,
            "delay_ms": facts.delay_ms if facts.event_time else None,
            "contract": stream.contract,
            "compatibility": stream.schema.compatibility or None,
            **_at(stream.place),
        }

    def _columns(self) -> Iterator[Row]:
        permissions = self.context.permissions
        for stream in self.context.streams:
            facts, node = self.context.facts(stream.address), str(stream.address)
            is_source = stream.address.kind is Kind.SOURCE
            here = {c.column for c in stream.security.classification}
            for position, column in enumerate(facts.columns if facts is not None else (), start=1):
                declared, address = stream.column(column.name), stream.address.column(column.name)
                yield {
                    "node_id": node,
                    "model_id": None if is_source else node,
                    "source_id": node if is_source else None,
                    "name": column.name,
                    "position": position,
                    "data_type": column.type.text,
                    "nullable": column.type.nullable,
                    "description": (declared.description if declared is not None else "") or None,
                    "classification": permissions.class_of(address) or None,
                    "classified_here": column.name in here
                    or bool(declared is not None and declared.classification),
                    "tags": list(permissions.tags_of(address)),
                }

    def _edges(self) -> Iterator[Row]:
        for address, above in self._lineage.nodes.up.items():
            yield from ({"from_id": str(other), "to_id": str(address)} for other in above)

    def _column_edges(self) -> Iterator[Row]:
        """A direct link for each value that flows; an indirect one for each column that decides about all of a stream."""
        for address in self.context.graph.order:
            facts = self.context.graph.facts[address]
            for name, origins in facts.origins.items():
                for origin in origins:
                    yield _column_edge(origin.column, address, name, "direct", origin.how.value)
            for decider in facts.deciders:
                yield _column_edge(decider.column, address, None, "indirect", decider.why.value)

    def _exposures(self) -> Iterator[Row]:
        graph = self.context.graph
        for exposure in self.context.project.exposures.values():
            yield {
                "exposure_id": str(exposure.address),
                "type": exposure.type,
                "role": exposure.role,
                **{name: getattr(exposure, attribute) or None for name, attribute in _SAID.items()},
                "tags": list(exposure.tags),
                "principal": exposure.principal or None,
                "allowed_roles": list(exposure.allowed_roles),
                "purpose": exposure.purpose,
                "reads": [str(a) for a in graph.reads(exposure)],
                "writes": [str(a) for a in graph.writes(exposure)],
                "max_end_to_end_latency_ms": exposure.sla.max_end_to_end_latency_ms,
                **_at(exposure.place),
            }

    def _policies(self) -> Iterator[Row]:
        """Policies as declared; one that names roles for several purposes has a row for each."""
        for stream in self.context.streams:
            node, security = str(stream.address), stream.security
            for said in security.classification:
                yield _policy(node, "classification", said.place, column_name=said.column, level=said.level)
            for mask in security.masks:
                row = {"column_name": mask.column, "method": mask.method}
                if mask.applied_in is None:
                    yield _policy(node, "mask", mask.place, **row)
                for entry in mask.applied_in or ():
                    yield _policy(
                        node, "mask", entry.place, **row, roles=list(entry.roles), purpose=entry.purpose
                    )
            for encrypt in security.encrypts:
                yield _policy(node, "encrypt", encrypt.place, column_name=encrypt.column, key=encrypt.key)
            for allow in security.allows:
                yield _policy(node, "allow", allow.place, roles=list(allow.roles), purpose=allow.purpose)
            for declassify in security.declassify:
                yield _policy(
                    node,
                    "declassify",
                    declassify.place,
                    column_name=declassify.column or None,
                    level=declassify.to or None,
                    reason=declassify.reason,
                )
            for bypass in security.bypass:
                yield _policy(node, "bypass", bypass.place, reason=bypass.reason)

    def _permissions(self) -> Iterator[Row]:
        """What each role sees: for no purpose, and for each that a declared use of that stream names."""
        permissions = self.context.permissions
        uses = {(use.role, use.purpose, use.stream) for use in permissions.uses}
        for stream in self.context.streams:
            address = stream.address
            for role in self.context.project.roles:
                purposes = sorted({p for r, p, s in uses if r == role and s == address and p})
                for purpose in (None, *purposes):
                    view = permissions.view(role, purpose, address)
                    for name, column in view.columns.items():
                        yield {
                            "role": role,
                            "purpose": purpose,
                            "node_id": str(address),
                            "column_name": name,
                            "form": str(column.form),
                            "given": (role, purpose, address) in uses,
                            "rule": column.why.text,
                            **_at(column.why.place),
                        }

    def _tests(self) -> Iterator[Row]:
        project = self.context.project
        for test in project.tests.values():
            for assertion in test.assertions:
                yield {
                    "test_id": str(test.address),
                    "name": test.name,
                    "kind": "assertion",
                    "node_id": _text(project.resolve(test.target)),
                    "assertion": assertion.kind,
                    "type": test.type,
                    "severity": test.severity,
                    "tags": list(test.tags),
                    **_at(assertion.place),
                }
        for unit_test in project.unit_tests.values():
            yield {
                "test_id": str(unit_test.address),
                "name": unit_test.name,
                "kind": "unit_test",
                "node_id": _text(project.resolve(unit_test.model)),
                "tags": [],
                **_at(unit_test.place),
            }

    def _artifacts(self) -> Iterator[Row]:
        """What `compile` would write for the environment."""
        compiled = compile_project(World(self.context), targets_of(self.context.environment))
        for target, made in compiled.by_target.items():
            for artifact in made.artifacts:
                data = artifact.text.encode()
                yield {
                    "path": artifact.path,
                    "target": target,
                    "node_id": artifact.address or None,
                    "sha256": hashlib.sha256(data).hexdigest(),
                    "bytes": len(data),
                }


_SAID = {"name": "name", "description": "description", "owner": "owner", "group_name": "group"}


def _at(place: Place | None) -> Row:
    """The file and line of a declaration."""
    if place is None:
        return {"file": None, "line": None}
    span = place.span()
    return {"file": span.file, "line": line_and_column(place.document.text, span.start)[0]}


def _text(address: Address | None) -> str | None:
    return None if address is None else str(address)


def _column_edge(source: Any, to: Address, column: str | None, kind: str, how: str) -> Row:
    return {
        "from_id": str(source.stream),
        "from_column": source.name,
        "to_id": str(to),
        "to_column": column,
        "kind": kind,
        "how": how,
    }


def _policy(node: str, kind: str, place: Place, **said: Any) -> Row:
    return {"node_id": node, "kind": kind, "roles": [], **said, **_at(place)}
