"""Allow-lists along the way, what an own `allow` lifts, `declassify`, groups, keys and side topics."""

from __future__ import annotations

import textwrap

import pytest

from headgate.addresses import Address, Kind
from headgate.graph.permissions import Permissions
from permitted import CARDS, PEOPLE, forms, model, models, permissions, view

ALL = "SELECT id, name, number, cents FROM {{ source('cards') }}"


def allow(*entries: str) -> str:
    return "policies:\n" + "\n".join(f"  - allow: {entry}" for entry in entries)


def admitted(known: Permissions, stream: str, role: str, purpose: str | None = None) -> bool:
    return view(known, stream, role, purpose).admitted


# Lists intersect.


def chain(*lists: str) -> str:
    """`m0` over the source, and each `m<n>` over the one before, with the lists given."""
    made = [model("m0", ALL, lists[0])]
    for n, security in enumerate(lists[1:], 1):
        made.append(
            model(f"m{n}", f"SELECT id, name, number, cents FROM {{{{ ref('m{n - 1}') }}}}", security)
        )
    return models(*made)


def test_an_inherited_list_restricts_what_says_nothing() -> None:
    known = permissions(chain(allow("{roles: [clerk]}"), ""))
    assert admitted(known, "m1", "clerk")
    assert not admitted(known, "m1", "chief")


@pytest.mark.parametrize(
    ("first", "second", "reads", "shut_out"),
    [
        ("{roles: [clerk, chief]}", "{roles: [clerk, auditor]}", [("clerk", None)], [("chief", None), ("auditor", None)]),
        ("{roles: [clerk], purpose: a}", "{roles: [clerk]}", [("clerk", "a")], [("clerk", None), ("clerk", "b")]),
        ("{roles: [clerk]}", "{roles: [clerk], purpose: b}", [("clerk", "b")], [("clerk", None), ("clerk", "a")]),
        ("{roles: [clerk], purpose: a}", "{roles: [clerk], purpose: b}", [], [("clerk", "a"), ("clerk", "b"), ("clerk", None)]),
    ],
)  # fmt: skip
def test_lists_intersect_as_sets_of_role_and_purpose(
    first: str,
    second: str,
    reads: list[tuple[str, str | None]],
    shut_out: list[tuple[str, str | None]],
) -> None:
    known = permissions(chain(allow(first), allow(second), ""))
    for stream in ("m1", "m2"):
        assert all(admitted(known, stream, role, purpose) for role, purpose in reads)
        assert not any(admitted(known, stream, role, purpose) for role, purpose in shut_out)


def test_whom_a_mask_admits_above_an_inherited_list_does_not_shut_out() -> None:
    security = (
        allow("{roles: [chief]}")
        + "\n  - mask: {column: number, method: hash, applied_in: [{roles: [clerk]}]}"
    )
    known = permissions(chain(security, ""))
    assert forms(known, "m1", "clerk") == {
        "id": "clear",
        "name": "clear",
        "number": "hash",
        "cents": "redacted",
    }
    assert not admitted(known, "m1", "auditor")


def test_what_is_joined_must_admit_the_reader_as_well() -> None:
    listed = model("listed", ALL, allow("{roles: [clerk]}"))
    opened = model("opened", ALL)
    joined = "SELECT a.id FROM {{ ref('opened') }} AS a JOIN {{ ref('listed') }} AS b ON a.id = b.id"
    known = permissions(models(listed, opened, model("j", joined)))
    assert admitted(known, "j", "clerk")
    assert not admitted(known, "j", "chief")


def test_an_inherited_list_grants_clear_only_for_columns_of_the_stream_that_declared_it() -> None:
    listed = model("listed", ALL, allow("{roles: [clerk]}"))
    opened = model("opened", ALL)
    joined = (
        "SELECT a.cents AS theirs, b.cents AS mine, a.cents + b.cents AS both"
        " FROM {{ ref('opened') }} AS a JOIN {{ ref('listed') }} AS b ON a.id = b.id"
    )
    known = permissions(models(listed, opened, model("j", joined)))
    assert forms(known, "j", "clerk") == {"theirs": "redacted", "mine": "clear", "both": "redacted"}


def test_a_class_that_is_raised_below_a_list_is_not_lifted_by_it() -> None:
    raised = "classification: {cents: highly_sensitive}"
    known = permissions(chain(allow("{roles: [clerk]}"), raised))
    assert forms(known, "m0", "clerk")["cents"] == "clear"
    assert forms(known, "m1", "clerk")["cents"] == "redacted"


def test_an_own_allow_lifts_nothing_for_whom_an_inherited_list_admits_by_a_mask_alone() -> None:
    security = (
        allow("{roles: [chief]}")
        + "\n  - mask: {column: number, method: hash, applied_in: [{roles: [clerk]}]}"
    )
    known = permissions(chain(security, allow("{roles: [clerk, chief]}")))
    assert forms(known, "m1", "clerk")["cents"] == "redacted"
    assert forms(known, "m1", "chief")["cents"] == "clear"


def test_whom_a_mask_alone_admits_above_an_own_allow_does_not_open_classes_of_its_own_either() -> None:
    above = allow("{roles: [chief, auditor]}") + (
        "\n  - mask: {column: number, method: hash, applied_in: [{roles: [clerk]}]}"
    )
    below = "classification: {id: highly_sensitive}\n" + allow("{roles: [clerk, auditor]}")
    known = permissions(chain(above, below))
    assert forms(known, "m1", "auditor")["id"] == "clear"
    assert forms(known, "m1", "clerk")["id"] == "redacted"


def test_lists_that_meet_in_a_join_must_each_admit() -> None:
    first = model("a", ALL, allow("{roles: [clerk, chief]}"))
    second = model("b", ALL, allow("{roles: [clerk, auditor]}"))
    third = model("c", ALL, allow("{roles: [clerk]}"))
    sql = "SELECT x.id FROM {{ ref('a') }} AS x JOIN {{ ref('b') }} AS y ON x.id = y.id"
    both = sql.replace("'b'", "'c'")
    known = permissions(models(first, second, third, model("j", sql), model("k", both)))
    assert [r for r in ("clerk", "chief", "auditor") if admitted(known, "j", r)] == ["clerk"]
    assert [r for r in ("clerk", "chief", "auditor") if admitted(known, "k", r)] == ["clerk"]


MASKED_NAME = "policies:\n  - mask: {column: name, method: hash}"
ENCRYPTED_NAME = "policies:\n  - encrypt: {column: name, key: 'kms://prod/k'}"


@pytest.mark.parametrize(("below", "form"), [(MASKED_NAME, "hash"), (ENCRYPTED_NAME, "encrypted")])
def test_those_whom_an_inherited_list_allows_are_not_covered_by_a_policy_for_the_rest(
    below: str, form: str
) -> None:
    above = allow("{roles: [clerk]}") + (
        "\n  - mask: {column: number, method: hash, applied_in: [{roles: [chief]}]}"
    )
    known = permissions(chain(above, below))
    assert forms(known, "m1", "clerk")["name"] == "clear"
    assert forms(known, "m1", "chief")["name"] == form


def test_a_list_on_one_way_of_a_union_allows_nothing_of_the_other_to_pass_a_mask_below() -> None:
    listed = model("a", ALL, allow("{roles: [clerk]}"))
    opened = model("b", "SELECT id, name, number, cents FROM {{ source('cards') }}")
    union = "SELECT name FROM {{ ref('a') }} UNION ALL SELECT name FROM {{ ref('b') }}"
    other = "SELECT name FROM {{ ref('b') }} UNION ALL SELECT name FROM {{ ref('a') }}"
    for sql in (union, other):
        known = permissions(
            models(
                listed, opened, model("u", sql), model("m", "SELECT name FROM {{ ref('u') }}", MASKED_NAME)
            )
        )
        assert forms(known, "u", "clerk")["name"] == "clear"
        assert forms(known, "m", "clerk")["name"] == "hash"


def test_an_own_allow_beside_declassified_readers_lifts_what_its_group_classified() -> None:
    below = 'declassify:\n  - {readers: [{roles: [clerk]}], reason: "totals"}\n' + allow("{roles: [clerk]}")
    known = permissions(chain(allow("{roles: [chief]}"), below))
    assert forms(known, "m1", "clerk")["cents"] == "clear"


def test_private_does_not_carry_on_and_lists_do() -> None:
    hidden = model("m0", ALL, more="access: private")
    known = permissions(models(hidden, model("m1", "SELECT id, cents FROM {{ ref('m0') }}")))
    assert not admitted(known, "m0", "clerk")
    assert forms(known, "m1", "clerk") == {"id": "clear", "cents": "redacted"}


# What an own `allow` lifts.

OWNERS = [
    ("finance", "team-finance", True),  # the source's owner is of the group
    ("finance", "team-marketing", False),  # of another
    ("finance", "", True),  # nobody owns it: it is of any
    ("", "team-finance", False),  # a model of no group does not speak for finance
]


@pytest.mark.parametrize(("group", "owner", "lifts"), OWNERS)
def test_an_own_allow_lifts_classes_of_its_own_group(group: str, owner: str, lifts: bool) -> None:
    sources = CARDS.replace("owner: team-finance", f"owner: {owner}" if owner else "tags: []")
    known = permissions(models(model("m", ALL, allow("{roles: [clerk]}"), group=group)), sources=sources)
    assert forms(known, "m", "clerk")["cents"] == ("clear" if lifts else "redacted")
    assert admitted(known, "m", "clerk")


def test_an_own_allow_lifts_a_class_that_the_stream_itself_declares_whatever_its_group() -> None:
    sources = CARDS.replace("owner: team-finance", "owner: team-marketing")
    said = "classification: {id: confidential}\n" + allow("{roles: [clerk]}")
    known = permissions(models(model("m", ALL, said)), sources=sources)
    assert forms(known, "m", "clerk")["id"] == "clear"
    assert forms(known, "m", "clerk")["cents"] == "redacted"


@pytest.mark.parametrize("policy", ["mask: {column: name, method: hash}", "mask: {column: name, method: hash, applied_in: [{roles: [clerk]}]}"])  # fmt: skip
def test_an_own_allow_never_lifts_an_ancestors_mask(policy: str) -> None:
    known = permissions(chain(f"policies:\n  - {policy}", allow("{roles: [clerk]}")))
    assert forms(known, "m1", "clerk")["name"] == "hash"


def test_an_own_allow_never_lifts_an_ancestors_list() -> None:
    known = permissions(chain(allow("{roles: [chief]}"), allow("{roles: [chief, clerk]}")))
    assert not admitted(known, "m1", "clerk")


# Declassify.

TOTAL = "SELECT id, SUM(cents) AS total FROM {{ ref('m0') }} GROUP BY id"
DECLASSIFIED = 'declassify:\n  - {column: total, to: internal, reason: "totals"}'


def totals(above: str = "", below: str = DECLASSIFIED, group: str = "finance") -> str:
    return models(model("m0", ALL, above), model("m1", TOTAL, below, group=group))


def test_declassify_sets_the_class_here_and_nowhere_above() -> None:
    known = permissions(totals())
    assert forms(known, "m1", "clerk")["total"] == "clear"
    assert forms(known, "m0", "clerk")["cents"] == "redacted"
    assert forms(permissions(totals(below="")), "m1", "clerk")["total"] == "redacted"


@pytest.mark.parametrize(
    "policy",
    [
        "mask: {column: cents, method: redact, applied_in: [{roles: [clerk]}]}",
        "mask: {column: cents, method: nullify}",
    ],
)
def test_declassify_drops_the_masks_that_the_column_inherits(policy: str) -> None:
    known = permissions(totals(above=f"policies:\n  - {policy}"))
    assert forms(known, "m1", "clerk")["total"] == "clear"


def test_declassify_drops_inherited_encryption() -> None:
    above = "policies:\n  - encrypt: {column: number, key: 'kms://prod/k'}"
    sql = "SELECT id, SUBSTRING(number FROM 13) AS ends FROM {{ ref('m0') }}"
    below = 'declassify:\n  - {column: ends, to: internal, reason: "four digits"}'
    known = permissions(models(model("m0", ALL, above), model("m1", sql, below)))
    assert forms(known, "m1", "clerk")["ends"] == "clear"


def test_declassify_keeps_the_masks_of_its_own_stream_and_the_list() -> None:
    below = (
        DECLASSIFIED
        + "\npolicies:\n  - mask: {column: total, method: redact, applied_in: [{roles: [auditor]}]}"
    )
    known = permissions(totals(above=allow("{roles: [auditor, clerk]}"), below=below))
    assert forms(known, "m1", "auditor")["total"] == "redact"
    assert forms(known, "m1", "clerk")["total"] == "clear"
    assert not admitted(known, "m1", "chief")


def test_declassified_readers_take_the_place_of_inherited_lists() -> None:
    above = allow("{roles: [chief]}")
    everyone = 'declassify:\n  - {readers: all, reason: "totals"}'
    some = 'declassify:\n  - {readers: [{roles: [clerk], purpose: audit}], reason: "totals"}'
    known = permissions(totals(above, everyone))
    assert forms(known, "m1", "clerk") == {"id": "clear", "total": "redacted"}
    assert forms(known, "m1", "chief") == {"id": "clear", "total": "clear"}
    known = permissions(totals(above, some))
    assert admitted(known, "m1", "clerk", "audit")
    assert not admitted(known, "m1", "clerk")
    assert not admitted(known, "m1", "chief")
    assert not admitted(known, "m0", "clerk", "audit")


@pytest.mark.parametrize(
    ("below", "group"),
    [
        (DECLASSIFIED, "marketing"),
        (DECLASSIFIED.replace('"totals"', '" "'), "finance"),
        ("declassify:\n  - {column: total, to: internal}", "finance"),
    ],
    ids=["another group", "a blank reason", "no reason"],
)
def test_declassify_has_no_effect_where_it_may_not_be_said(below: str, group: str) -> None:
    assert forms(permissions(totals(below=below, group=group)), "m1", "clerk")["total"] == "redacted"


def test_readers_are_opened_by_the_group_of_the_list_alone() -> None:
    below = 'declassify:\n  - {readers: all, reason: "totals"}'
    known = permissions(totals(allow("{roles: [chief]}"), below, group="marketing"))
    assert not admitted(known, "m1", "clerk")


# Keys.


def keyed(security: str) -> Permissions:
    return permissions(
        models(model("m", "SELECT id, number FROM {{ source('cards') }}", security, more="key: number"))
    )


@pytest.mark.parametrize(
    ("method", "admits"),
    [("tokenization", True), ("hash", True), ("partial", False), ("redact", False), ("nullify", False)],
)
def test_a_form_that_breaks_keys_denies_the_stream(method: str, admits: bool) -> None:
    known = keyed(
        f"policies:\n  - mask: {{column: number, method: {method}, applied_in: [{{roles: [clerk]}}]}}"
    )
    seen = view(known, "m", "clerk")
    assert seen.admitted is admits
    if not admits:
        assert {str(c.form) for c in seen.columns.values()} == {"denied"}
        assert "surrogate key" in seen.why.text


def test_a_key_above_the_clearance_or_encrypted_denies_the_stream() -> None:
    assert not admitted(keyed(""), "m", "clerk")
    assert admitted(keyed(""), "m", "chief")
    assert not admitted(keyed("policies:\n  - encrypt: {column: number, key: 'kms://prod/k'}"), "m", "chief")


def test_the_key_columns_of_a_sink_are_keys_to_it() -> None:
    source = model(
        "m",
        ALL,
        "policies:\n  - mask: {column: number, method: partial, applied_in: [{roles: [clerk]}]}",
    )
    sink = """  - name: out
    materialized: sink
    group: finance
    owner: team-finance
    from: {model: m}
    sink: {type: jdbc, role: clerk, config: {key_columns: [COLUMN]}}
"""
    for column, admits in (("number", False), ("id", True)):
        known = permissions(models(source, sink.replace("COLUMN", column)))
        (use,) = known.uses
        assert known.use_view(use).admitted is admits
        assert view(known, "m", "clerk").admitted


# Side topics.


def test_what_was_rejected_is_read_by_those_alone_to_whom_all_that_went_in_is_clear() -> None:
    known = permissions(models(model("m", "SELECT id FROM {{ source('cards') }}")))
    cards, m = Address(Kind.SOURCE, "cards"), Address(Kind.MODEL, "m")
    for address in (cards, m):
        assert known.rejected_view("chief", None, address).admitted
        refused = known.rejected_view("auditor", None, address)
        assert not refused.admitted
        assert "number" in refused.why.text
        assert {str(c.form) for c in refused.columns.values()} == {"denied"}
    assert view(known, "m", "auditor").admitted


def test_what_was_rejected_is_closed_to_those_the_input_is_closed_to() -> None:
    known = permissions(chain(allow("{roles: [auditor]}"), ""))
    assert not known.rejected_view("chief", None, Address(Kind.MODEL, "m1")).admitted


def test_failed_records_are_kept_as_the_strictest_declared_reader_sees_them() -> None:
    uses = textwrap.dedent("""
    exposures:
      - name: one
        type: dashboard
        owner: team-finance
        consumes: ['ref("m")']
        access: {allowed_roles: [clerk, chief]}
    """)
    known = permissions(
        models(
            model(
                "m",
                ALL,
                "policies:\n  - mask: {column: number, method: partial, applied_in: [{roles: [clerk]}]}",
            )
        ),
        uses=uses,
    )
    kept = {name: str(form) for name, form in known.violation_forms(Address(Kind.MODEL, "m")).items()}
    assert kept == {"id": "clear", "name": "clear", "number": "partial", "cents": "hash"}


def test_failed_records_that_nobody_is_declared_to_read_are_kept_as_hashes() -> None:
    known = permissions(models(model("m", ALL)))
    found = known.violation_forms(Address(Kind.MODEL, "m"))
    assert {str(form) for form in found.values()} == {"hash"}


# Uses.


def test_uses_are_those_of_exposures_sinks_and_jobs_that_have_a_role() -> None:
    more = """
    exposures:
      - name: desk
        type: dashboard
        owner: team-finance
        consumes: ['ref("m")']
        access: {allowed_roles: [clerk], purpose: audit}
    """
    job = model("j", "SELECT id FROM {{ ref('m') }}").replace(
        "state_ttl: 1 day", "role: chief, purpose: audit"
    )
    people = PEOPLE.replace("{name: clerk}", '{name: clerk, principals: ["User:clerk"]}')
    known = permissions(models(model("m", ALL), job), people=people, uses=textwrap.dedent(more))
    assert [(str(u.by), u.role, u.purpose, u.stream.name, u.principal) for u in known.uses] == [
        ("exposure.desk", "clerk", "audit", "m", "User:clerk"),
        ("model.j", "chief", "audit", "m", ""),
    ]
    assert known.given("clerk", Address(Kind.MODEL, "m"))
    assert not known.given("auditor", Address(Kind.MODEL, "m"))


# Purposes.


def test_a_role_has_every_purpose_that_a_policy_names_it_for() -> None:
    security = textwrap.dedent("""\
        policies:
          - allow: {roles: [clerk, chief], purpose: fraud}
          - mask: {column: name, method: hash, applied_in: [{roles: [clerk], purpose: ads}]}
    """)
    known = permissions(models(model("m0", ALL, security)))
    assert known.purposes == {
        "auditor": (),
        "banker": (),
        "chief": ("fraud",),
        "clerk": ("ads", "fraud"),
        "visitor": (),
    }


def test_a_role_has_the_purposes_of_what_is_declassified_for_it() -> None:
    lifted = "declassify: [{readers: [{roles: [clerk], purpose: fraud}], reason: totals alone}]"
    known = permissions(chain(allow("{roles: [chief]}"), lifted))
    assert known.purposes["clerk"] == ("fraud",)
    (m1,) = (a for a in known.policies if a.name == "m1")
    assert [purpose for purpose, _ in known.views("clerk", m1)] == [None, "fraud"]
