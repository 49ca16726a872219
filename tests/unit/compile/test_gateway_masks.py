"""Forms of columns as the Gateway's masks."""

from __future__ import annotations

import pytest

from headgate.compile.gateway.manifests import Interceptor, exactly, slug
from headgate.compile.gateway.masks import NoRule, rule
from headgate.graph.permissions import Form
from headgate.schema.types import parse_type


@pytest.mark.parametrize(
    ("form", "type_", "expected"),
    [
        (Form("redact"), "string", {"type": "MASK_ALL", "maskingChar": "*"}),
        (Form("redacted"), "string", {"type": "MASK_ALL", "maskingChar": "*"}),
        (Form("partial"), "string", {"type": "MASK_ALL", "maskingChar": "*"}),
        (
            Form("partial", keep_last=4),
            "char(16)",
            {"type": "MASK_FIRST_N", "maskingChar": "*", "numberOfChars": 12},
        ),
        (
            Form("partial", keep_first=6),
            "char(16)",
            {"type": "MASK_LAST_N", "maskingChar": "*", "numberOfChars": 10},
        ),
    ],
)
def test_a_form_has_a_rule(form: Form, type_: str, expected: dict[str, object]) -> None:
    assert rule(form, parse_type(type_)) == expected


@pytest.mark.parametrize(
    ("form", "type_", "why"),
    [
        (Form("hash"), "string", "cannot show a column as `hash`"),
        (Form("tokenization"), "string", "cannot show a column as `tokenization`"),
        (Form("nullify"), "string", "cannot show a column as `nullify`"),
        (Form("redacted"), "bigint", "masks texts, and this is BIGINT"),
        (Form("partial", keep_last=4), "string", "depends on a text's length"),
        (Form("partial", keep_first=2, keep_last=4), "char(16)", "not those between"),
        (Form("partial", keep_last=4), "char(4)", "is not masked"),
    ],
)
def test_a_form_without_a_rule_says_why(form: Form, type_: str, why: str) -> None:
    found = rule(form, parse_type(type_))
    assert isinstance(found, NoRule) and why in found.why and found.help


def test_a_regular_expression_is_for_the_named_topics_and_no_others() -> None:
    assert exactly(["payments.v1"]) == r"^payments\.v1$"
    assert exactly(["a", "b+c", "a"]) == r"^(?:a|b\+c)$"


def test_names_are_short_plain_and_told_apart() -> None:
    long = "x" * 80
    assert len(slug(long, 64)) == 64 and slug(long, 64) != slug(long + "y", 64)
    assert slug("a.b", 64) != slug("a-b", 64)
    document = Interceptor(name=("t", "mask", "g"), plugin="P", priority=1, comment="c", group="g").document()
    assert document.identity == "Interceptor/t--mask--g@g"
