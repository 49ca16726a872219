"""What an import writes of any cluster: it loads, nothing is wrong with it, and it says what was there and who may read it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.diagnostics import Severity
from headgate.ports import Listing, LiveAcl, LiveConnector, LiveGroup, LiveSubject
from headgate.project.declarations import Stream
from headgate.schema import avro, json_schema
from headgate.schema.types import DataType, Field
from headgate.workflows.check import findings
from headgate.workflows.init_live import init_from_cluster
from headgate.workflows.request import Request
from headgate.workflows.session import Session, open_session
from headgate.workflows.systems import LiveSystems
from imported import MAIN, REACHED, acl, files, subject, topic

NAMES = st.from_regex(r"[a-zA-Z0-9.-][a-zA-Z0-9._-]{0,12}", fullmatch=True).filter(
    lambda n: n not in (".", "..")
)
WORDS = st.sampled_from(["id", "at", "amount", "Type", "select", "x_1", "no", "ts"])
PLAIN = st.sampled_from(
    [DataType(name) for name in ("BOOLEAN", "INT", "BIGINT", "FLOAT", "DOUBLE", "STRING", "BYTES", "DATE")]
    + [
        DataType("DECIMAL", precision=12, scale=2),
        DataType("TIMESTAMP", precision=3),
        DataType("TIME", precision=3),
    ]
)
NULLABLE = st.booleans()


def nullable(types: st.SearchStrategy[DataType]) -> st.SearchStrategy[DataType]:
    return st.builds(lambda one, null: one.as_nullable(null), types, NULLABLE)


TYPES = nullable(
    st.recursive(
        PLAIN,
        lambda inner: st.one_of(
            nullable(inner).map(lambda one: DataType("ARRAY", element=one)),
            nullable(inner).map(
                lambda one: DataType("MAP", key=DataType("STRING", nullable=False), element=one)
            ),
            st.dictionaries(WORDS, nullable(inner), min_size=1, max_size=3).map(
                lambda some: DataType("ROW", fields=tuple(Field(n, t) for n, t in some.items()))
            ),
        ),
        max_leaves=4,
    )
)
COLUMNS = st.dictionaries(WORDS, TYPES, min_size=1, max_size=5)
WHO = st.sampled_from(["ann", "bob", "CN=carl,O=x", "*", "looks"])


@st.composite
def subjects(draw: st.DrawFn, name: str) -> list[LiveSubject]:
    columns = list(draw(COLUMNS).items())
    found = []
    match draw(st.sampled_from(["avro", "json", "none", "odd"])):
        case "avro":
            doc = draw(st.sampled_from(["", "Plain.", 'A "quoted": {{ var }}\n# doc', "käse ☕\x00"]))
            schema = avro.record("R", "shop", columns)
            schema["fields"][0]["doc"] = doc
            found.append(subject(f"{name}-value", schema))
        case "json":
            found.append(subject(f"{name}-value", json_schema.record("R", columns), "JSON"))
        case "odd":
            odd: Any = draw(
                st.sampled_from(["string", 7, None, {"type": "record"}, {"properties": {"{{ x }}": {}}}, []])
            )
            found.append(subject(f"{name}-value", odd, draw(st.sampled_from(["AVRO", "JSON", "PROTOBUF"]))))
    if draw(NULLABLE):
        of_key = columns[: draw(st.integers(1, 2))]
        found.append(subject(f"{name}-key", avro.record("K", "shop", of_key)))
    return found


@st.composite
def acls(draw: st.DrawFn, topics: Sequence[str]) -> LiveAcl:
    name = draw(st.sampled_from([*topics, "*"])) if topics else "*"
    pattern = draw(st.sampled_from(["literal", "prefixed"])) if name != "*" else "literal"
    if pattern == "prefixed":
        name = name[: draw(st.integers(1, len(name)))]
    operation = draw(st.sampled_from(["READ", "READ", "WRITE", "ALL", "DESCRIBE"]))
    return acl(draw(WHO), operation, name, pattern=pattern, deny=draw(st.integers(0, 4)) == 0)


@st.composite
def listings(draw: st.DrawFn) -> Listing:
    names = sorted(draw(st.sets(NAMES, max_size=6)))
    topics = tuple(
        topic(name, **draw(st.sampled_from([{}, {"cleanup_policy": "compact"}, {"retention_ms": "-1"}])))
        for name in names
    )
    every = tuple(one for name in names for one in draw(subjects(name)))
    of_groups = st.builds(
        lambda who, name, starts: acl(
            who, "READ", name, "group", pattern="prefixed" if starts else "literal"
        ),
        WHO,
        st.sampled_from(["app", "app-1", "web"]),
        NULLABLE,
    )
    bindings = [*draw(st.lists(acls(names), max_size=8)), *draw(st.lists(of_groups, max_size=3))]
    read = st.lists(st.sampled_from(names), unique=True, max_size=3) if names else st.just([])
    groups = tuple(
        LiveGroup(cluster=MAIN, name=group, state="stable", topics=tuple(draw(read)))
        for group in sorted(draw(st.sets(st.sampled_from(["app", "app-1", "app-2", "connect-c", "Web"]))))
    )
    connectors = tuple(
        LiveConnector(
            cluster=MAIN,
            connect="main",
            name=name,
            type="sink",
            config={
                "connector.class": draw(
                    st.sampled_from(["io.debezium.connector.jdbc.JdbcSinkConnector", "a.B", ""])
                ),
                "topics": ",".join(draw(read)),
                "connection.password": "(hidden)",
                "connection.url": "jdbc:postgresql://db/x",
                "batch.size": draw(st.sampled_from(["7", "many"])),
                "x": "{{ y }}",
            },
        )
        for name in sorted(draw(st.sets(st.sampled_from(["c", "to-db", "ann"]))))
    )
    return Listing(
        topics=topics, acls=tuple(sorted(bindings)), groups=groups, subjects=every, connectors=connectors
    )


@contextmanager
def imported(listing: Listing) -> Iterator[tuple[Path, Session]]:
    """A project that was made of a listing, opened."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        patched.setattr(LiveSystems, "list_all", lambda _: listing)
        root = Path(folder) / "shop"
        result = init_from_cluster(root, REACHED, environ={})
        assert result.exit_code == 0, result.diagnostics
        yield root, open_session(Request(root=root, cache=False, workers=1))


@settings(max_examples=40)
@given(listings())
def test_nothing_is_wrong_with_what_is_written(listing: Listing) -> None:
    with imported(listing) as (_, session):
        found = [one for one in findings(session) if one.severity is Severity.ERROR]
        assert found == [], [(one.code.id, one.message) for one in found]
        assert {(MAIN, one.name) for one in listing.topics} == set(sources(session))


def sources(session: Session) -> dict[tuple[str, str], Stream]:
    streams = session.project.streams.values()
    return {(one.cluster, one.topic): one for one in streams if one.sink is None}


@settings(max_examples=40)
@given(listings())
def test_a_source_is_read_as_what_was_registered(listing: Listing) -> None:
    registered = {one.name: one for one in listing.subjects}
    with imported(listing) as (_, session):
        for (_, name), stream in sources(session).items():
            value = registered.get(f"{name}-value")
            columns = [(c.name, c.type) for c in stream.columns]
            facts = session.graph.facts[stream.address]
            assert [(c.name, c.type.as_nullable()) for c in facts.columns] == [
                (name, type_.as_nullable()) for name, type_ in columns
            ]
            if value is None or not isinstance(value.schema, dict) or not columns:
                continue
            assert stream.format == {"AVRO": "avro", "JSON": "json"}[value.type]
            if value.type == "AVRO":
                made = avro.record("R", "shop", columns)
                for field in value.schema["fields"]:
                    field.pop("doc", None)
                assert made == value.schema
            else:
                assert json_schema.record("R", columns) == value.schema
            if stream.key:
                assert [f["name"] for f in registered[f"{name}-key"].schema["fields"]] == list(stream.key)
                compacted = next(t for t in listing.topics if t.name == name).config.get("cleanup.policy")
                assert stream.changelog == ("upsert" if compacted == "compact" else "append")


@settings(max_examples=40)
@given(listings())
def test_who_may_read_a_topic_is_who_is_said_to_and_nobody_else(listing: Listing) -> None:
    with imported(listing) as (_, session):
        for (_, name), stream in sources(session).items():
            for role in session.project.roles.values():
                (principal,) = role.principals
                view = session.permissions.view(role.name, None, stream.address)
                forms = {str(column.form) for column in view.columns.values()} or {"clear"}
                shown = view.admitted and forms == {"clear"}
                assert shown == may(listing.acls, principal, "READ", name), (principal, name)
            named = {p for role in session.project.roles.values() for p in role.principals}
            reads = {a.principal for a in listing.acls if may(listing.acls, a.principal, "READ", name)}
            # Whom only `User:*` lets in is everybody, and has no role of its own for that.
            own = {p for p in reads if may([a for a in listing.acls if a.principal == p], p, "READ", name)}
            assert own - {"User:looks"} <= named
            assert reads <= {*named, *own} or "User:*" in named


def may(every: Sequence[LiveAcl], principal: str, operation: str, name: str) -> bool:
    """As Kafka's authorizer decides, written down once more."""
    about = [
        one
        for one in every
        if one.resource_type == "topic"
        and one.principal in (principal, "User:*")
        and one.operation in (operation, "ALL")
        and (one.name in ("*", name) if one.pattern == "literal" else name.startswith(one.name))
    ]
    allowed = [one for one in about if one.permission == "allow"]
    return bool(allowed) and len(allowed) == len(about)


@settings(max_examples=25)
@given(listings())
def test_what_is_written_depends_on_what_is_there_alone(listing: Listing) -> None:
    with imported(listing) as (one, _), imported(listing) as (other, _):
        assert files(one) == files(other)
