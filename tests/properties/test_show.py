"""What a role is shown: each column in the form that `access` says, for any policies; and no value in a looser one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headgate.compile.target import World
from headgate.diagnostics import Severity
from headgate.workflows.access import access
from headgate.workflows.apply import apply
from headgate.workflows.engines import open_stream_engine
from headgate.workflows.request import Request
from headgate.workflows.samples import Samples
from headgate.workflows.session import open_session
from headgate.workflows.show import Asked, show

LEVELS = ("public", "internal", "confidential", "highly_sensitive")
ROLES = ("ann", "bob", "cy")
PURPOSES = (None, "audit")
STREAMS = ("cards", "seen", "again")
CARDS = ("4000111122223333", "4000111122224444")

STREAM = """
sources:
  - name: cards
    columns:
      - {{name: id, data_type: string, constraints: [not_null]}}
      - {{name: card, data_type: string, classification: {card}}}
      - {{name: cents, data_type: "bigint not null", classification: {cents}}}
    security: {source}
models:
  - name: seen
    materialized: virtual_topic
    sql: SELECT id, card, cents FROM {{{{ source("cards") }}}} WHERE cents > 0
    security: {model}
  - name: again
    materialized: virtual_topic
    sql: SELECT id, card AS number, cents FROM {{{{ ref("seen") }}}}
roles: {roles}
"""


@dataclass(frozen=True, slots=True)
class Declared:
    """What is declared of one project: classes, policies, clearances."""

    card: str
    cents: str
    source: dict[str, Any]
    model: dict[str, Any]
    roles: list[dict[str, str]]

    @property
    def text(self) -> str:
        return STREAM.format(
            card=self.card,
            cents=self.cents,
            source=json.dumps(self.source),
            model=json.dumps(self.model),
            roles=json.dumps(self.roles),
        )


purposes = st.sampled_from(PURPOSES)
some_roles = st.lists(st.sampled_from(ROLES), min_size=1, max_size=3, unique=True)


@st.composite
def applied(draw: st.DrawFn) -> dict[str, Any]:
    purpose = draw(purposes)
    return {"roles": draw(some_roles), **({"purpose": purpose} if purpose else {})}


@st.composite
def masks(draw: st.DrawFn) -> dict[str, Any]:
    method = draw(st.sampled_from(("redact", "nullify", "hash", "tokenization", "partial")))
    everyone = draw(st.booleans())
    return {
        "mask": {
            "column": "card",
            "method": method,
            **({} if everyone else {"applied_in": [draw(applied())]}),
        }
    }


allows = applied().map(lambda said: {"allow": said})
encrypts = st.just({"encrypt": {"column": "card", "key": "kms://prod/cards"}})
policies = st.lists(st.one_of(masks(), allows, encrypts), max_size=3).map(
    lambda p: {"policies": p} if p else {}
)
declarations = st.builds(
    Declared,
    st.sampled_from(LEVELS),
    st.sampled_from(LEVELS),
    policies,
    policies,
    st.tuples(*(st.sampled_from(LEVELS) for _ in ROLES)).map(
        lambda levels: [{"name": r, "clearance": c} for r, c in zip(ROLES, levels, strict=True)]
    ),
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project whose streams are there and hold rows, whatever its policies become."""
    root = tmp_path_factory.mktemp("show") / "shop"
    (root / "samples").mkdir(parents=True)
    (root / "headgate.yml").write_text("name: shop\ndefaults: {cluster: main, owner: team}\n")
    everyone = Declared("public", "public", {}, {}, [{"name": r} for r in ROLES])
    (root / "streams.yml").write_text(everyone.text)
    rows = [{"id": f"r{n}", "card": card, "cents": n + 1} for n, card in enumerate((*CARDS, CARDS[0]))]
    (root / "samples" / "cards.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    request = Request(root=root, cache=False)
    assert apply(request).exit_code == 0
    session = open_session(request)
    assert session.context is not None
    with closing(open_stream_engine(session, read_only=False, command="test")) as engine:
        engine.feed(Samples(root, None, []).feeds(World(session.context)))
    yield root


def forms(request: Request) -> dict[tuple[str, str | None, str], dict[str, str]]:
    """What `access` says of every role, stream and purpose."""
    said: dict[tuple[str, str | None, str], dict[str, str]] = {}
    for purpose in PURPOSES:
        for row in access(request, purpose=purpose).grants if purpose else access(request).grants:
            if row.purpose == purpose:
                said.setdefault((row.role, purpose, row.node.split(".", 1)[1]), {})[row.column] = row.form
    return said


@pytest.mark.slow
@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(declared=declarations)
def test_show_gives_each_column_in_the_form_that_access_says_and_no_more(
    project: Path, declared: Declared
) -> None:
    (project / "streams.yml").write_text(declared.text)
    request = Request(root=project, cache=False)
    session = open_session(request)
    if any(d.severity is Severity.ERROR for d in session.diagnostics):
        # What could not be read in full is not shown at all.
        assert show(request, "cards", as_role="ann").rows == ()
        return
    said = forms(request)
    assert {(role, stream) for role, _, stream in said} == {(r, s) for r in ROLES for s in STREAMS}
    for (role, purpose, stream), columns in said.items():
        shown = show(request, stream, asked=Asked(), as_role=role, purpose=purpose)
        if set(columns.values()) == {"denied"}:
            assert (shown.exit_code, shown.rows) == (1, ())
            assert [d.code.id for d in shown.diagnostics] == ["HGS050"]
            continue
        assert {c.name: c.form for c in shown.columns} == columns, (role, purpose, stream)
        assert len(shown.rows) == 3
        for name, form in columns.items():
            values = [row[name] for row in shown.rows]
            if name in ("card", "number"):
                check_cards(form, values)
            elif name == "cents":
                assert values == ([1, 2, 3] if form == "clear" else [0, 0, 0])


def check_cards(form: str, values: list[Any]) -> None:
    """The values of a card number in a form: equal ones stay equal where they may, and no digit is shown that may not."""
    first, second, third = values
    if form == "clear":
        assert values == [*CARDS, CARDS[0]]
        return
    if form in ("redacted", "redact", "nullify"):
        assert values == [None, None, None]
        return
    assert not set(values) & set(CARDS)
    if form in ("hash", "tokenization"):
        assert first == third != second
    elif form == "partial":
        assert values == ["************3333", "************4444", "************3333"]
    else:
        assert form == "encrypted" and len(set(values)) == 3 and all(v.startswith("enc_") for v in values)
