"""How classes, masks, encryption and lists go along with values through SQL (permissions.md §4)."""

from __future__ import annotations

import pytest

from permitted import CARDS, forms, model, models, permissions, view

MASKED = model(
    "masked",
    "SELECT id, name, number, cents FROM {{ source('cards') }}",
    """
    policies:
      - mask: {column: number, method: tokenization, applied_in: [{roles: [clerk]}]}
      - mask: {column: name, method: partial, applied_in: [{roles: [clerk]}]}
    """,
)


def out(expression: str, of: str = "masked", rest: str = "", role: str = "clerk") -> str:
    """The form for a role of a column `x` that is worked out of `masked`."""
    sql = f"SELECT {expression} AS x FROM {{{{ ref('{of}') }}}}{rest}"
    return forms(permissions(models(MASKED, model("d", sql))), "d", role)["x"]


@pytest.mark.parametrize(
    ("expression", "rest", "form"),
    [
        ("number", "", "tokenization"),
        ("name", "", "partial"),
        ("MAX(number)", " GROUP BY id", "tokenization"),
        ("MIN(number)", " GROUP BY id", "tokenization"),
        ("LAST_VALUE(number)", " GROUP BY id", "tokenization"),
        ("FIRST_VALUE(number)", " GROUP BY id", "tokenization"),
        ("MAX(name)", " GROUP BY id", "redacted"),
        ("CAST(name AS VARCHAR(40))", "", "partial"),
        ("CAST(number AS VARCHAR(40))", "", "redacted"),
        ("UPPER(name)", "", "redacted"),
        ("MD5(number)", "", "redacted"),
        ("MD5(CONCAT('salt', number))", "", "redacted"),
        ("SUBSTRING(number FROM 13)", "", "redacted"),
        ("CONCAT(name, number)", "", "redacted"),
        ("CASE WHEN number = '4' THEN 'a' ELSE 'b' END", "", "redacted"),
        ("number = '4000'", "", "redacted"),
        ("COALESCE(name, 'x')", "", "redacted"),
        ("COUNT(number)", " GROUP BY id", "clear"),
        ("COUNT(DISTINCT number)", " GROUP BY id", "clear"),
        ("id", " WHERE number = '4000'", "clear"),
        ("id", " GROUP BY id, number", "clear"),
    ],
)
def test_a_mask_survives_what_keeps_the_value_and_nothing_else(expression: str, rest: str, form: str) -> None:
    assert out(expression, rest=rest) == form


def test_a_mask_goes_on_through_several_streams_and_names() -> None:
    known = permissions(
        models(
            MASKED,
            model("a", "SELECT number AS card FROM {{ ref('masked') }}"),
            model("b", "SELECT card AS c FROM {{ ref('a') }}"),
        )
    )
    assert forms(known, "b", "clerk")["c"] == "tokenization"
    assert (
        known.view("clerk", None, next(a for a in known.policies if a.name == "b")).columns["c"].form.domain
        == "number"
    )


def test_a_class_is_the_highest_of_what_flows_in() -> None:
    known = permissions(
        models(
            model(
                "d",
                "SELECT CONCAT(id, name) AS low, CONCAT(id, number) AS high, CAST(cents AS STRING) AS middle"
                " FROM {{ source('cards') }}",
            )
        )
    )
    classes = {
        c: known.class_of(next(a for a in known.policies if a.name == "d").column(c))
        for c in ("low", "high", "middle")
    }
    assert classes == {"low": "internal", "high": "highly_sensitive", "middle": "confidential"}


def test_a_constant_has_the_lowest_class_and_what_comes_from_nothing_the_default_one() -> None:
    known = permissions(
        models(
            model(
                "d",
                "SELECT id, 'x' AS constant, COUNT(*) AS number FROM {{ source('cards') }} GROUP BY id",
            )
        )
    )
    assert forms(known, "d", "visitor") == {"id": "clear", "constant": "clear", "number": "redacted"}
    assert all(
        c.classified
        for c in known.policies[next(a for a in known.policies if a.name == "d")].columns.values()
    )


def test_tags_go_with_values() -> None:
    tagged = CARDS.replace(
        "classification: highly_sensitive}", "classification: highly_sensitive, tags: [pci]}"
    )
    known = permissions(
        models(model("d", "SELECT id, MD5(number) AS digest FROM {{ source('cards') }}")), sources=tagged
    )
    address = next(a for a in known.policies if a.name == "d")
    assert known.tags_of(address.column("digest")) == ("pci",)
    assert known.tags_of(address.column("id")) == ()


def test_a_column_is_unclassified_where_nothing_on_its_way_names_a_class() -> None:
    known = permissions(
        models(model("d", "SELECT name, number, CONCAT(name, number) AS both FROM {{ source('cards') }}"))
    )
    columns = known.policies[next(a for a in known.policies if a.name == "d")].columns
    assert {name: c.classified for name, c in columns.items()} == {
        "name": False,
        "number": True,
        "both": True,
    }


def test_a_class_of_a_field_raises_its_column() -> None:
    sources = """
    sources:
      - name: cards
        columns:
          - {name: id, data_type: string}
          - {name: holder, data_type: "row<name string, born date>"}
        security: {classification: {holder.born: confidential}}
    """
    known = permissions(models(model("d", "SELECT holder FROM {{ source('cards') }}")), sources=sources)
    assert forms(known, "d", "clerk")["holder"] == "redacted"
    assert forms(known, "d", "auditor")["holder"] == "clear"


# Ways that come together.

TWO = """
sources:
  - name: cards
    owner: team-finance
    columns:
      - {name: id, data_type: string}
      - {name: number, data_type: string, classification: highly_sensitive}
  - name: others
    owner: team-finance
    columns:
      - {name: id, data_type: string}
      - {name: number, data_type: string, classification: highly_sensitive}
"""


def part(name: str, of: str, method: str = "", more: str = "") -> str:
    policy = (
        f"policies:\n  - mask: {{column: number, method: {method}, applied_in: [{{roles: [clerk]}}]{more}}}"
    )
    return model(name, f"SELECT id, number FROM {{{{ source('{of}') }}}}", policy if method else "")


UNION = "SELECT number FROM {{ ref('a') }} UNION ALL SELECT number FROM {{ ref('b') }}"


@pytest.mark.parametrize(
    ("first", "second", "form"),
    [
        (part("a", "cards", "hash"), part("b", "others", "hash"), "hash"),
        (part("a", "cards", "hash"), part("b", "others", "hash", ", domain: other"), "redacted"),
        (part("a", "cards", "hash"), part("b", "others", "tokenization"), "redacted"),
        (part("a", "cards", "partial"), part("b", "others", "partial", ", keep_last: 2"), "partial"),
        (part("a", "cards", "hash"), part("b", "others"), "redacted"),
        (part("a", "cards", "redact"), part("b", "others", "hash"), "redact"),
        (part("a", "cards", "hash"), part("b", "cards", "hash"), "hash"),
    ],
    ids=["same", "two keys", "two methods", "partial", "one is not masked", "one is nothing", "one start"],
)
def test_a_union_is_as_strict_as_its_strictest_branch(first: str, second: str, form: str) -> None:
    known = permissions(models(first, second, model("u", UNION)), sources=TWO)
    assert forms(known, "u", "clerk")["number"] == form


def test_a_union_of_a_masked_branch_and_a_clear_one_is_masked() -> None:
    sources = TWO.replace("classification: highly_sensitive", "classification: internal")
    known = permissions(
        models(part("a", "cards", "hash"), part("b", "others"), model("u", UNION)), sources=sources
    )
    assert forms(known, "u", "clerk")["number"] == "hash"


def test_an_allow_on_one_branch_opens_nothing_of_the_other() -> None:
    allowed = model(
        "a", "SELECT id, number FROM {{ source('cards') }}", "policies:\n  - allow: {roles: [clerk]}"
    )
    known = permissions(models(allowed, part("b", "others"), model("u", UNION)), sources=TWO)
    assert forms(known, "a", "clerk")["number"] == "clear"
    assert forms(known, "b", "clerk")["number"] == "redacted"
    assert forms(known, "u", "clerk")["number"] == "redacted"


def test_two_ways_of_one_value_are_each_as_strict_as_they_came() -> None:
    """A list on one way opens the value that came that way; the same source's value beside it stays shut."""
    allowed = model(
        "a", "SELECT id, number FROM {{ source('cards') }}", "policies:\n  - allow: {roles: [clerk]}"
    )
    plain = model("b", "SELECT id, number FROM {{ source('cards') }}")
    joined = (
        "SELECT a.number AS mine, b.number AS other FROM {{ ref('a') }} AS a"
        " JOIN {{ ref('b') }} AS b ON a.id = b.id"
    )
    known = permissions(models(allowed, plain, model("j", joined)), sources=TWO)
    assert forms(known, "j", "clerk") == {"mine": "clear", "other": "redacted"}


def test_many_ways_end_in_nothing_rather_than_in_too_much() -> None:
    parts = [part(f"p{n}", "cards", "hash", f", domain: d{n}") for n in range(20)]
    union = " UNION ALL ".join(f"SELECT number FROM {{{{ ref('p{n}') }}}}" for n in range(20))
    known = permissions(models(*parts, model("u", union)), sources=TWO)
    assert forms(known, "u", "clerk")["number"] == "redacted"
    same = [part(f"p{n}", "cards", "hash") for n in range(20)]
    assert forms(permissions(models(*same, model("u", union)), sources=TWO), "u", "clerk")["number"] == "hash"


# A mask covers every output column of its model with the same origin.


def test_a_mask_covers_the_same_value_under_another_name() -> None:
    sql = "SELECT number, number AS again, CONCAT(number, 'x') AS changed, name FROM {{ source('cards') }}"
    known = permissions(
        models(
            model(
                "d",
                sql,
                "policies:\n  - mask: {column: number, method: hash, applied_in: [{roles: [chief]}]}",
            )
        )
    )
    assert forms(known, "d", "chief") == {
        "number": "hash",
        "again": "hash",
        "changed": "redacted",
        "name": "clear",
    }


@pytest.mark.parametrize(
    ("first", "second", "form"),
    [
        ("number", "number", "hash"),
        ("number", "UPPER(number)", "redacted"),
        ("UPPER(number)", "number", "redacted"),
        ("number", "id", "hash"),
    ],
)
def test_a_mask_covers_what_came_in_two_ways_by_the_more_changing_one(
    first: str, second: str, form: str
) -> None:
    source = "{{ source('cards') }}"
    union = model("u", f"SELECT id, {first} AS x FROM {source} UNION ALL SELECT id, {second} FROM {source}")
    again = model("v", "SELECT id, x FROM {{ ref('u') }}")
    joined = model(
        "d",
        f"SELECT c.number, v.x FROM {source} AS c JOIN {{{{ ref('v') }}}} AS v ON c.id = v.id",
        "policies:\n  - mask: {column: number, method: hash, applied_in: [{roles: [chief]}]}",
    )
    assert forms(permissions(models(union, again, joined)), "d", "chief") == {"number": "hash", "x": form}


def test_a_mask_covers_the_same_value_that_came_through_another_stream() -> None:
    a = model("a", "SELECT id, number FROM {{ source('cards') }}")
    b = model("b", "SELECT id, number FROM {{ source('cards') }}")
    joined = model(
        "d",
        "SELECT a.number AS one, b.number AS two FROM {{ ref('a') }} AS a JOIN {{ ref('b') }} AS b ON a.id = b.id",
        "policies:\n  - mask: {column: one, method: hash, applied_in: [{roles: [chief]}]}",
    )
    assert forms(permissions(models(a, b, joined)), "d", "chief") == {"one": "hash", "two": "hash"}


def test_tokens_of_one_value_are_the_same_in_every_stream() -> None:
    sql = "SELECT number AS n FROM {{ source('cards') }}"
    mask = "policies:\n  - mask: {{column: n, method: tokenization, applied_in: [{{roles: [chief]}}]{}}}"
    known = permissions(
        models(model("a", sql, mask.format("")), model("b", sql, mask.format(", domain: other")), MASKED)
    )
    domains = {
        name: view(known, name, role).columns[column].form.domain
        for name, role, column in (("a", "chief", "n"), ("b", "chief", "n"), ("masked", "clerk", "number"))
    }
    assert domains == {"a": "number", "b": "other", "masked": "number"}


# Encryption.

ENCRYPTED = model(
    "safe",
    "SELECT id, name, number, cents FROM {{ source('cards') }}",
    "policies:\n  - encrypt: {column: name, key: 'kms://prod/k'}\n  - allow: {roles: [clerk]}\n"
    "  - mask: {column: id, method: hash, applied_in: [{roles: [chief]}]}",
)


def test_encryption_is_inherited_where_the_value_passes_unchanged_and_leaves_nothing_elsewhere() -> None:
    known = permissions(
        models(ENCRYPTED, model("d", "SELECT name AS n, UPPER(name) AS u, id FROM {{ ref('safe') }}"))
    )
    assert forms(known, "d", "chief") == {"n": "encrypted", "u": "redacted", "id": "hash"}
    assert view(known, "d", "chief").columns["n"].form.key == "kms://prod/k"


def test_those_an_inherited_list_admits_get_it_decrypted() -> None:
    known = permissions(models(ENCRYPTED, model("d", "SELECT name FROM {{ ref('safe') }}")))
    assert forms(known, "d", "clerk") == {"name": "clear"}


def test_an_own_allow_never_lifts_encryption_of_an_ancestor() -> None:
    safe = model(
        "safe",
        "SELECT id, name FROM {{ source('cards') }}",
        "policies:\n  - encrypt: {column: name, key: 'kms://prod/k'}",
    )
    allowing = model("d", "SELECT name FROM {{ ref('safe') }}", "policies:\n  - allow: {roles: [clerk]}")
    assert forms(permissions(models(safe, allowing)), "d", "clerk") == {"name": "encrypted"}


# Streams that store nothing, versions, sinks, faults.


@pytest.mark.parametrize("kind", ["virtual_topic", "ephemeral", "flink_stream"])
def test_nothing_is_lost_on_the_way_whatever_a_stream_becomes(kind: str) -> None:
    middle = model("mid", "SELECT number AS n, cents FROM {{ ref('masked') }}").replace("flink_stream", kind)
    known = permissions(models(MASKED, middle, model("d", "SELECT n, cents FROM {{ ref('mid') }}")))
    assert forms(known, "d", "clerk") == {"n": "tokenization", "cents": "redacted"}


def test_an_old_version_served_from_a_new_one_has_its_policies() -> None:
    versioned = """
      - name: v
        group: finance
        owner: team-finance
        security:
          policies:
            - mask: {column: number, method: hash, applied_in: [{roles: [clerk]}]}
        versions:
          - {v: 1, security: {}, serve_from: {v: 2, sql: "SELECT number AS card FROM {{ this(v=2) }}"}}
          - {v: 2, materialized: flink_stream, sql: "SELECT id, number FROM {{ source('cards') }}"}
    """
    import textwrap

    known = permissions("models:\n" + textwrap.indent(textwrap.dedent(versioned).strip(), "  ") + "\n")
    assert forms(known, "v.v2", "clerk")["number"] == "hash"
    assert forms(known, "v.v1", "clerk")["card"] == "hash"


def test_a_sink_has_what_its_input_has() -> None:
    sink = """  - name: out
    materialized: sink
    group: finance
    owner: team-finance
    from: {model: masked}
    sink: {type: file, config: {file: /tmp/out.txt}}
"""
    assert forms(permissions(models(MASKED, sink)), "out", "clerk")["number"] == "tokenization"


def test_what_a_query_that_is_not_understood_may_hold_is_all_that_goes_in() -> None:
    from checked import loaded
    from headgate.graph.permissions import build
    from permitted import PEOPLE

    broken = model(
        "d",
        "SELECT nothing AS x FROM {{ ref('masked') }}",
        more="config: {contract: {enforced: true}}\ncolumns: [{name: x, data_type: string}]",
    )
    graph, found = loaded({"s.yml": CARDS, "p.yml": PEOPLE, "m.yml": models(MASKED, broken)})
    assert graph is not None and found
    known = build(graph)
    assert forms(known, "d", "auditor") == {"x": "redacted"}
    assert forms(known, "d", "chief") == {"x": "clear"}
