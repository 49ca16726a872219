"""References are found wherever they stand, and mean one stream or are said to mean none."""

from __future__ import annotations

import pytest

from headgate.addresses import Kind
from headgate.diagnostics import Diagnostic
from headgate.project.references import named_reference, written_reference
from headgate.syntax.yaml import read_document
from loading import ORDERS, lines, load, sound, stream

MODEL = "models:\n  - {name: m, sql: 'SELECT id FROM {{ source(\"orders\") }}'}\n"


EVERY = 'write `ref("name")`, `ref("project", "name")`, `ref("name", v=1)` or `source("name")`'


def reference(text: str) -> tuple[str, str, str, int, str] | None:
    document, _ = read_document("a.yml", b"a: 1\n")
    assert document is not None
    found = written_reference(text, document.place("a"), [])
    return (found.kind.value, found.project, found.name, found.version, found.system) if found else None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ('ref("x")', ("model", "", "x", 0, "")),
        ("ref('x')", ("model", "", "x", 0, "")),
        (' ref( "risk", "x" ) ', ("model", "risk", "x", 0, "")),
        ('ref("risk.x", v=2)', ("model", "risk", "x", 2, "")),
        ('ref("x", version="3")', ("model", "", "x", 3, "")),
        ('source("x")', ("source", "", "x", 0, "")),
        ('source("billing", "x")', ("source", "", "x", 0, "billing")),
        ("x", None),
        ('rev("x")', None),
        ("ref()", None),
        ("ref(x)", None),
        ('ref("x", v=0)', None),
        ('ref("x", v=true)', None),
        ('source("x", v=1)', None),
        ('ref("a", "b", "c")', None),
    ],
)  # fmt: skip
def test_a_call_means_one_stream_or_none(text: str, meant: tuple[str, str, str, int, str] | None) -> None:
    assert reference(text) == meant


def test_names_may_carry_a_project_and_a_version() -> None:
    document, _ = read_document("a.yml", b"a: 1\n")
    assert document is not None
    found = named_reference(Kind.MODEL, "risk.scores.v2", document.place())
    assert (found.project, found.name, found.version) == ("risk", "scores", 2)


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("models:\n  - {name: a, sql: 'SELECT id FROM {{ ref(\"mm\") }}'}\n", 2),
        ("models:\n  - {name: a, from: {model: mm}}\n", 2),
        ("models:\n  - {name: a, from: 'ref(\"mm\")'}\n", 2),
        ("models:\n  - {name: a, from: [{model: mm}], sink: {type: file}}\n", 2),
        ("exposures:\n  - {name: e, type: api, consumes: ['ref(\"mm\")']}\n", 2),
        ("exposures:\n  - {name: e, type: api, produces: ['source(\"mm\")']}\n", 2),
        ('exposures:\n  - name: e\n    type: api\n    depends_on:\n      - ref("mm")\n', 5),
        ("tests:\n  - {name: t, model: mm, assertions: [{conforms: {}}]}\n", 2),
        (
            "tests:\n  - {name: t, model: m, assertions: [{foreign_key: {column: id, ref_model: mm, ref_key: id}}]}\n",
            2,
        ),
        ("tests:\n  - {name: t, model: m, assertions: [{sql: 'SELECT * FROM {{ ref(\"mm\") }}'}]}\n", 2),
        ("unit_tests:\n  - {name: t, model: mm, expect: {rows: []}}\n", 2),
        (
            'unit_tests:\n  - {name: t, model: m, given: [{input: ref("mm"), rows: []}], expect: {rows: []}}\n',
            2,
        ),
        ("data_products:\n  - {name: p, inputs: ['source(\"mm\")'], outputs: ['ref(\"m\")']}\n", 2),
    ],
)
def test_a_name_nobody_declared_is_said_where_it_stands(file: str, line: int) -> None:
    files = {"a.yml": ORDERS, "m.yml": MODEL, "x.yml": file}
    assert lines(files) == [f"HGR001 x.yml:{line}"]
    _, found = load(files)
    assert found[0].help == "did you mean `m`?" or "use one of" in (found[0].help or "")


def test_a_reference_in_a_query_is_underlined_as_written() -> None:
    text = "models:\n  - name: a\n    sql: |\n      SELECT id\n      FROM {{ ref('mm') }}\n"
    _, found = load({"a.yml": text})
    assert text[found[0].span.start : found[0].span.end] == "{{ ref('mm') }}"
    assert found[0].node == "model.a"


@pytest.mark.parametrize(
    "file",
    [
        "models:\n  - {name: a, sql: 'SELECT id FROM {{ ref(\"orders\") }}'}\n",
        "models:\n  - {name: a, sql: 'SELECT id FROM {{ source(\"m\") }}'}\n",
        "models:\n  - {name: a, from: {source: m}, sql: 'SELECT id FROM {{ source(\"m\") }}'}\n",
        'models:\n  - {name: a, from: {source: m}, sql: \'SELECT x.id FROM {{ ref("m") }} x JOIN {{ ref("m") }} y ON x.id = y.id\'}\n',
        "exposures:\n  - {name: e, type: api, consumes: ['ref(\"orders\")']}\n",
        "tests:\n  - {name: t, source: m, assertions: [{conforms: {}}]}\n",
    ],
)
def test_the_wrong_word_is_one_warning_for_a_declaration(file: str) -> None:
    assert lines({"a.yml": ORDERS, "m.yml": MODEL, "x.yml": file}) == ["HGR002 x.yml:2"]


def test_the_query_of_an_assertion_is_rendered_about_its_stream() -> None:
    text = (
        "tests:\n  - {name: t, model: m, assertions: [{sql: 'SELECT * FROM {{ this }} WHERE id IS NULL'}]}\n"
    )
    project = sound({"a.yml": ORDERS, "m.yml": MODEL, "t.yml": text})
    (test,) = project.tests.values()
    sql = test.assertions[0].sql
    assert sql is not None and sql.rendered.text == "SELECT * FROM m WHERE id IS NULL"


def test_unknown_groups_and_producers_are_said_where_they_stand() -> None:
    text = """groups: [{name: shop, members: [a]}]
roles:
  - {name: r, group: shp}
sources:
  - {name: s, producers: [nobody], columns: [{name: id, data_type: int}]}
models:
  - name: m
    group: sshop
    columns: [{name: id, data_type: int}]
exposures:
  - {name: e, type: api, group: shopp}
"""
    assert lines({"a.yml": text}) == ["HGR004 a.yml:3", "HGR008 a.yml:5", "HGR004 a.yml:8", "HGR004 a.yml:11"]


def test_one_wrong_group_in_the_defaults_is_said_once_a_stream_only_where_it_has_no_place_of_its_own() -> (
    None
):
    project, found = load({"headgate.yml": "name: shop\ndefaults: {group: nope}\n", "a.yml": ORDERS + MODEL})
    assert {d.code.id for d in found} == {"HGR004"}
    assert stream(project, "m").group == "nope"


def test_a_faulty_template_is_the_only_finding_about_its_query() -> None:
    text = 'models:\n  - {name: a, sql: \'SELECT {{ var("x") }} FROM {{ source("orders") }}\'}\n'
    project, found = load({"a.yml": ORDERS, "m.yml": text})
    assert [d.code.id for d in found] == ["HGP026"]
    sql = stream(project, "a").sql
    assert sql is not None and sql.broken and sql.rendered.text == ""


@pytest.mark.parametrize(
    ("said", "help_"),
    [
        ("orders", 'write `ref("orders")` or `source("orders")`'),
        ("model.orders", 'write `ref("orders")`'),
        ("source.orders", 'write `source("orders")`'),
        ("a b", EVERY),
        (3, EVERY),
    ],
)
def test_what_a_bare_name_should_be_is_said(said: object, help_: str) -> None:
    document, _ = read_document("a.yml", b"a: 1\n")
    found: list[Diagnostic] = []
    assert document is not None and written_reference(said, document.place("a"), found) is None
    assert [(d.code.id, d.help) for d in found] == [("HGR007", help_)]
