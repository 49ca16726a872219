"""In which form a role sees a column: admission, then the first of six rules (permissions.md §3)."""

from __future__ import annotations

import pytest

from headgate.graph.permissions.form import CLEAR, DENIED, METHODS, REDACTED, Form, merged, passed, strictest
from headgate.sql.facts import How
from permitted import forms, model, models, permissions, view

ALL = "SELECT id, name, number, cents FROM {{ source('cards') }}"


def cards(*policies: str, classes: str = "") -> str:
    """A model over all of `cards` with these policies."""
    lines = "\n".join(f"  - {policy}" for policy in policies)
    said = f"classification: {classes}\n" if classes else ""
    return models(model("m", ALL, said + (f"policies:\n{lines}" if policies else "policies: []")))


# Admission.


def test_a_stream_that_nothing_closes_admits_everyone() -> None:
    known = permissions(cards())
    assert all(view(known, "m", role).admitted for role in ("visitor", "clerk", "chief"))


def test_the_first_allow_closes_a_stream_to_all_whom_no_policy_names() -> None:
    known = permissions(cards("allow: {roles: [clerk]}"))
    assert view(known, "m", "clerk").admitted
    assert set(forms(known, "m", "chief").values()) == {"denied"}


def test_an_allow_with_an_empty_list_admits_nobody() -> None:
    known = permissions(cards("allow: {roles: []}"))
    assert not any(view(known, "m", role).admitted for role in ("visitor", "clerk", "chief", "banker"))


@pytest.mark.parametrize(
    ("purpose", "admitted"), [("audit", True), ("audits", False), (None, False), ("", False)]
)
def test_an_allow_for_a_purpose_admits_for_that_alone(purpose: str | None, admitted: bool) -> None:
    known = permissions(cards("allow: {roles: [clerk], purpose: audit}"))
    assert view(known, "m", "clerk", purpose).admitted is admitted


def test_an_allow_without_a_purpose_admits_for_any() -> None:
    known = permissions(cards("allow: {roles: [clerk]}"))
    assert view(known, "m", "clerk", "anything").admitted


def test_several_allows_are_a_union() -> None:
    known = permissions(cards("allow: {roles: [clerk], purpose: audit}", "allow: {roles: [chief]}"))
    assert view(known, "m", "clerk", "audit").admitted
    assert view(known, "m", "chief").admitted
    assert not view(known, "m", "clerk").admitted


def test_a_mask_that_names_a_role_admits_it_beside_an_allow() -> None:
    known = permissions(
        cards(
            "allow: {roles: [chief]}",
            "mask: {column: number, method: hash, applied_in: [{roles: [clerk], purpose: audit}]}",
        )
    )
    assert forms(known, "m", "clerk", "audit")["number"] == "hash"
    assert not view(known, "m", "clerk").admitted


def test_a_mask_that_names_nobody_admits_nobody() -> None:
    known = permissions(cards("allow: {roles: [chief]}", "mask: {column: number, method: hash}"))
    assert not view(known, "m", "clerk").admitted


PRIVATE = "access: private"


def private(*policies: str) -> str:
    lines = "\n".join(f"  - {policy}" for policy in policies)
    return models(model("m", ALL, f"policies:\n{lines}" if policies else "", more=PRIVATE))


def test_a_private_stream_admits_the_roles_of_its_group_alone() -> None:
    known = permissions(private())
    assert view(known, "m", "banker").admitted
    assert not view(known, "m", "chief").admitted


def test_a_role_is_of_a_group_whose_exposure_reads_as_it() -> None:
    exposure = """
    exposures:
      - name: desk
        type: dashboard
        owner: team-finance
        consumes: ['ref("m")']
        access: {allowed_roles: [clerk]}
    """
    known = permissions(private(), uses=exposure.replace("\n    ", "\n"))
    assert view(known, "m", "clerk").admitted
    assert not view(known, "m", "visitor").admitted


def test_a_private_stream_with_an_allow_admits_whom_that_names_and_no_group() -> None:
    known = permissions(private("allow: {roles: [clerk]}"))
    assert view(known, "m", "clerk").admitted
    assert not view(known, "m", "banker").admitted


def test_a_private_stream_admits_whom_a_mask_names() -> None:
    known = permissions(private("mask: {column: number, method: hash, applied_in: [{roles: [clerk]}]}"))
    assert forms(known, "m", "clerk")["number"] == "hash"


def test_a_role_nobody_declared_sees_nothing() -> None:
    known = permissions(cards())
    seen = view(known, "m", "stranger")
    assert not seen.admitted
    assert {str(c.form) for c in seen.columns.values()} == {"denied"}


# Forms.


def test_by_class_a_role_sees_what_is_within_its_clearance() -> None:
    known = permissions(cards())
    hidden = {
        role: [name for name, form in forms(known, "m", role).items() if form != "clear"]
        for role in ("visitor", "clerk", "auditor", "chief")
    }
    assert hidden == {
        "visitor": ["name", "number", "cents"],
        "clerk": ["number", "cents"],
        "auditor": ["number"],
        "chief": [],
    }


def test_what_says_no_class_has_the_default_one() -> None:
    known = permissions(
        cards(),
        headgate="name: example\nclassification: {default: confidential, clearance_default: internal}\n",
    )
    assert forms(known, "m", "clerk")["name"] == "redacted"
    assert forms(known, "m", "auditor")["name"] == "clear"


def test_an_allow_makes_all_clear_to_those_it_admits() -> None:
    known = permissions(cards("allow: {roles: [visitor]}"))
    assert set(forms(known, "m", "visitor").values()) == {"clear"}


def test_a_mask_is_more_particular_than_an_allow_and_wins() -> None:
    known = permissions(
        cards(
            "allow: {roles: [clerk]}",
            "mask: {column: number, method: partial, applied_in: [{roles: [clerk]}]}",
        )
    )
    assert forms(known, "m", "clerk") == {
        "id": "clear",
        "name": "clear",
        "number": "partial",
        "cents": "clear",
    }


def test_a_mask_that_names_a_role_counts_though_its_clearance_would_do() -> None:
    known = permissions(cards("mask: {column: name, method: hash, applied_in: [{roles: [chief]}]}"))
    assert forms(known, "m", "chief")["name"] == "hash"
    assert forms(known, "m", "clerk")["name"] == "clear"


def test_a_mask_for_a_purpose_leaves_other_purposes_alone() -> None:
    known = permissions(
        cards("mask: {column: name, method: hash, applied_in: [{roles: [chief], purpose: audit}]}")
    )
    assert forms(known, "m", "chief", "audit")["name"] == "hash"
    assert forms(known, "m", "chief", "other")["name"] == "clear"
    assert forms(known, "m", "chief")["name"] == "clear"


def test_of_several_masks_that_name_a_role_the_strictest_holds() -> None:
    known = permissions(
        cards(
            "mask: {column: number, method: partial, applied_in: [{roles: [clerk]}]}",
            "mask: {column: number, method: hash, applied_in: [{roles: [clerk]}]}",
            "mask: {column: number, method: tokenization, applied_in: [{roles: [clerk, chief]}]}",
        )
    )
    assert forms(known, "m", "clerk")["number"] == "hash"
    assert forms(known, "m", "chief")["number"] == "tokenization"


def test_what_is_encrypted_is_ciphertext_to_all_whom_no_allow_admits() -> None:
    encrypt = "encrypt: {column: name, key: 'kms://prod/k'}"
    known = permissions(
        cards(
            encrypt,
            "allow: {roles: [clerk]}",
            "mask: {column: id, method: hash, applied_in: [{roles: [chief]}]}",
        )
    )
    assert forms(known, "m", "clerk")["name"] == "clear"
    assert forms(known, "m", "chief")["name"] == "encrypted"
    assert forms(permissions(cards(encrypt)), "m", "chief")["name"] == "encrypted"


def test_a_mask_that_names_a_role_goes_before_encryption() -> None:
    known = permissions(
        cards(
            "encrypt: {column: number, key: 'kms://prod/k'}",
            "mask: {column: number, method: partial, applied_in: [{roles: [clerk]}]}",
        )
    )
    assert forms(known, "m", "clerk")["number"] == "partial"
    assert forms(known, "m", "chief")["number"] == "encrypted"


def test_encryption_goes_before_a_mask_that_names_nobody() -> None:
    known = permissions(
        cards("encrypt: {column: number, key: 'kms://prod/k'}", "mask: {column: number, method: partial}")
    )
    assert forms(known, "m", "chief")["number"] == "encrypted"


def test_a_mask_that_names_nobody_covers_all_whom_no_allow_admits() -> None:
    known = permissions(cards("mask: {column: name, method: hash}"))
    assert {role: forms(known, "m", role)["name"] for role in ("visitor", "clerk", "chief")} == dict.fromkeys(
        ("visitor", "clerk", "chief"), "hash"
    )
    known = permissions(
        cards(
            "mask: {column: name, method: hash}",
            "allow: {roles: [clerk]}",
            "mask: {column: id, method: hash, applied_in: [{roles: [chief]}]}",
        )
    )
    assert forms(known, "m", "clerk")["name"] == "clear"
    assert forms(known, "m", "chief")["name"] == "hash"


def test_the_view_tells_the_rule_that_decided_at_its_place() -> None:
    known = permissions(cards("mask: {column: number, method: hash, applied_in: [{roles: [clerk]}]}"))
    columns = view(known, "m", "clerk").columns
    assert columns["number"].why.text == "a mask names clerk"
    assert columns["number"].why.place is not None
    assert columns["number"].why.place.path[-2:] == (0, "mask")
    assert columns["cents"].why.text == "confidential is above its clearance (internal)"
    assert columns["cents"].why.place is not None
    assert columns["cents"].why.place.file == "sources.yml"


def test_a_person_of_several_roles_sees_the_strictest_form_among_those_that_admit_them() -> None:
    known = permissions(
        cards(
            "allow: {roles: [chief]}",
            "mask: {column: number, method: hash, applied_in: [{roles: [clerk]}]}",
            "mask: {column: name, method: partial, applied_in: [{roles: [auditor]}]}",
        )
    )
    address = next(a for a in known.policies if a.name == "m")

    def seen(*roles: str) -> dict[str, str]:
        return {n: str(c.form) for n, c in known.person_view(roles, None, address).columns.items()}

    assert seen("chief", "visitor") == {"id": "clear", "name": "clear", "number": "clear", "cents": "clear"}
    assert seen("chief", "clerk", "auditor") == {
        "id": "clear",
        "name": "partial",
        "number": "redacted",
        "cents": "redacted",
    }
    assert set(seen("visitor").values()) == {"denied"}
    assert not known.person_view((), None, address).admitted


def test_a_method_that_there_is_not_shows_nothing() -> None:
    known = permissions(cards("mask: {column: name, method: scramble, applied_in: [{roles: [chief]}]}"))
    assert forms(known, "m", "chief")["name"] == "redact"


# The order of forms, and what expressions leave of them.

ORDER = [
    DENIED,
    REDACTED,
    Form("hash", "number"),
    Form("tokenization", "number"),
    Form("partial", keep_last=2),
    Form("partial", keep_last=4),
    CLEAR,
]


def test_forms_are_ordered_from_strict_to_loose() -> None:
    assert [f.looseness for f in ORDER] == sorted({f.looseness for f in ORDER})
    nothing = {Form(m).looseness for m in ("encrypted", "redacted", "redact", "nullify")}
    assert nothing == {REDACTED.looseness}


def test_the_strictest_of_forms_is_the_first_in_that_order() -> None:
    for i, first in enumerate(ORDER):
        for second in ORDER[i:]:
            assert strictest([second, first]) == first


@pytest.mark.parametrize(
    ("one", "other", "left"),
    [
        (Form("hash", "a"), Form("hash", "a"), Form("hash", "a")),
        (Form("hash", "a"), Form("hash", "b"), REDACTED),
        (Form("hash", "a"), Form("tokenization", "a"), REDACTED),
        (Form("partial", keep_last=4), Form("partial", keep_last=2), Form("partial", keep_last=2)),
        (Form("partial"), Form("hash", "a"), REDACTED),
        (Form("encrypted", key="k"), Form("encrypted", key="l"), REDACTED),
        (Form("encrypted", key="k"), CLEAR, Form("encrypted", key="k")),
        (CLEAR, Form("hash", "a"), Form("hash", "a")),
        (CLEAR, CLEAR, CLEAR),
        (REDACTED, CLEAR, REDACTED),
    ],
)
def test_values_that_come_together_are_as_strict_as_the_strictest_and_nothing_where_methods_differ(
    one: Form, other: Form, left: Form
) -> None:
    assert merged([one, other]) == left
    assert merged([other, one]) == left


KEPT = {
    How.IDENTITY: {"hash", "tokenization", "partial"},
    How.PICK: {"hash", "tokenization"},
    How.TEXT_CAST: {"partial"},
    How.TRANSFORM: set(),
    How.AGGREGATE: set(),
}


@pytest.mark.parametrize("how", How)
def test_an_expression_keeps_the_forms_that_survive_it_and_leaves_nothing_of_others(how: How) -> None:
    for method in ("hash", "tokenization", "partial"):
        form = Form(method, keep_last=4)
        assert passed(form, how) == (form if method in KEPT[how] else REDACTED)
    for method in ("redact", "nullify", "redacted", "denied", "clear"):
        assert passed(Form(method), how) == Form(method)


def test_every_method_of_a_mask_has_its_place_in_the_order() -> None:
    assert [Form(m).looseness[0] for m in METHODS] == sorted(Form(m).looseness[0] for m in METHODS)
