"""Templated text, rendered by the fast path, leads back to the file."""

from __future__ import annotations

from headgate.syntax import Call
from headgate.syntax.codes import TEMPLATE_ARGUMENTS
from headgate.syntax.scalars import whole_file
from headgate.syntax.template import TemplateFault, literal_arguments, render, scan


def answer(call: Call) -> object:
    if call.function == "var":
        return 7
    if call.args == ("bad",):
        return TemplateFault(TEMPLATE_ARGUMENTS, "it is bad", 0, 0, "mend it")
    return f"{call.args[-1]}_relation"


def test_calls_with_literal_arguments_need_no_jinja() -> None:
    text = """{{ ref('a') }} {{ref("p","b", v=2)}} {{ var("x", -1.5) }} {{ this(v=2) }} {{ source("s", "t",) }}"""
    found = scan(text)
    assert found is not None
    assert [(e.function, e.args, e.kwargs) for e in found] == [
        ("ref", ("a",), ()),
        ("ref", ("p", "b"), (("v", 2),)),
        ("var", ("x", -1.5), ()),
        ("this", (), (("v", 2),)),
        ("source", ("s", "t"), ()),
    ]


def test_what_is_more_than_that_is_left_to_jinja() -> None:
    for text in (
        "{% if a %}{% endif %}",
        "{{ ref(name) }}",
        "{{ up('x') }}",
        "{{ ref('a') | upper }}",
        "{# x #}",
    ):
        assert scan(text) is None, text


def test_braces_that_are_no_template_stay() -> None:
    assert scan("SELECT '{' || '}'") == ()


def test_text_and_expressions_lead_back_to_the_file() -> None:
    text = 'SELECT x FROM {{ ref("a") }} AS t WHERE x > {{ var("n") }} AND y'
    expressions = scan(text)
    assert expressions is not None
    rendered, faults = render(text, whole_file("q.sql"), expressions, answer)
    assert not faults
    assert rendered.text == "SELECT x FROM a_relation AS t WHERE x > 7 AND y"
    for shown, source in {
        "a_relation": '{{ ref("a") }}',
        "7": '{{ var("n") }}',
        "AND y": "AND y",
        "AS t": "AS t",
    }.items():
        at = rendered.text.index(shown)
        span = rendered.span(at, at + len(shown))
        assert text[span.start : span.end] == source


def test_a_faulty_call_prints_nothing_and_is_placed() -> None:
    text = 'SELECT 1 FROM {{ ref("bad") }}'
    expressions = scan(text)
    assert expressions is not None
    rendered, faults = render(text, whole_file("q.sql"), expressions, answer)
    assert rendered.text == "SELECT 1 FROM "
    assert text[faults[0].start : faults[0].end] == '{{ ref("bad") }}'


def test_arguments_that_are_no_literals_are_none() -> None:
    assert literal_arguments('"a", v=1') == (("a",), (("v", 1),))
    assert literal_arguments("") == ((), ())
    for text in ("a", '"a" "b"', 'v=1, "a"', '"a', "truex", "[1]"):
        assert literal_arguments(text) is None, text
