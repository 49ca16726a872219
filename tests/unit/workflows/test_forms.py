"""Who sees more, and who less, when what is applied changes."""

from __future__ import annotations

from typing import Any

import pytest

from headgate.plan.changes import Access
from headgate.workflows.forms import access_change

TOKENS = {"method": "tokenization", "domain": "cards"}
LAST_FOUR = {"method": "partial", "keep_last": 4}
LAST_TWO = {"method": "partial", "keep_last": 2}


def fields(forms: dict[str, Any], *columns: str) -> dict[str, Any]:
    return {"columns": [[name, "STRING"] for name in columns or ("a", "b")], "forms": forms}


@pytest.mark.parametrize(
    ("before", "after", "access", "said"),
    [
        ({"r": {"": "clear"}}, {"r": {"": "clear"}}, Access.SAME, ""),
        ({"r": {"": {"a": TOKENS}}}, {"r": {"": "clear"}}, Access.WIDER, "r sees `a` as clear instead of tokenization"),
        ({"r": {"": "clear"}}, {"r": {"": {"b": TOKENS}}}, Access.NARROWER, "r sees `b` as tokenization instead of clear"),
        ({"r": {"": {"a": LAST_TWO}}}, {"r": {"": {"a": LAST_FOUR}}}, Access.WIDER, "r sees `a` as partial (0 first, 4 last) instead of partial (0 first, 2 last)"),
        ({"r": {"": "denied"}}, {"r": {"": {"a": TOKENS, "b": TOKENS}}}, Access.WIDER, "r sees `a` as tokenization instead of denied, r sees `b` as tokenization instead of denied"),
        ({}, {"new": {"": {"a": {"method": "redacted"}}}}, Access.WIDER, "new sees `a` as redacted instead of denied, new sees `b` as clear instead of denied"),
        ({"r": {"": "clear"}}, {}, Access.NARROWER, "r sees `a` as denied instead of clear, r sees `b` as denied instead of clear"),
        ({"r": {"": "denied"}}, {"r": {"": "denied", "audit": "clear"}}, Access.WIDER, "r for audit sees `a` as clear instead of denied, r for audit sees `b` as clear instead of denied"),
        ({"r": {"": "clear", "ads": "denied"}}, {"r": {"": "clear"}}, Access.WIDER, "r for ads sees `a` as clear instead of denied, r for ads sees `b` as clear instead of denied"),
        ({"r": {"": {"a": TOKENS}}}, {"r": {"": {"b": TOKENS}}}, Access.WIDER, "r sees `a` as clear instead of tokenization"),
    ],
    ids=["same", "looser", "stricter", "more-kept", "admitted", "new-role", "gone-role", "purpose", "purpose-no-more", "both"],
)  # fmt: skip
def test_what_a_reader_sees_is_compared_column_by_column(
    before: dict[str, Any], after: dict[str, Any], access: Access, said: str
) -> None:
    assert access_change(fields(before), fields(after)) == (access, said)


def test_a_column_that_was_not_there_shows_nobody_more() -> None:
    forms = {"r": {"": "clear"}}
    assert access_change(fields(forms, "a"), fields(forms, "a", "b")) == (Access.SAME, "")


def test_of_many_only_the_first_are_told() -> None:
    columns = [f"c{i}" for i in range(9)]
    access, said = access_change(
        fields({"r": {"": "denied"}}, *columns), fields({"r": {"": "clear"}}, *columns)
    )
    assert access is Access.WIDER
    assert said.endswith("`c2` as clear instead of denied, and 6 more")


def test_what_was_recorded_without_forms_says_nothing() -> None:
    assert access_change({"columns": [["a", "STRING"]]}, fields({"r": {"": "clear"}}, "a")) == (
        Access.SAME,
        "",
    )
