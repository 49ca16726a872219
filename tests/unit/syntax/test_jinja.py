"""Templates that need Jinja: sandboxed, pure, and led back to the file."""

from __future__ import annotations

import pytest

from headgate.syntax import Call, Rendered
from headgate.syntax.jinja import Templates
from headgate.syntax.scalars import whole_file
from headgate.syntax.template import TemplateFault

MACROS = {
    "macros/cents.sql": "{% macro cents(x) %}({{ x }} * 100){% endmacro %}{% macro both(x) %}{{ cents(x) }} AS {{ x }}_c{% endmacro %}"
}


def render(
    text: str, macros: dict[str, str] | None = None
) -> tuple[Rendered, list[TemplateFault], list[Call]]:
    calls: list[Call] = []

    def answer(call: Call) -> object:
        calls.append(call)
        return [1, 2] if call.function == "var" else "" if call.function == "config" else f"t_{call.args[0]}"

    templates = Templates(macros or {})
    rendered, faults = templates.render(text, whole_file("q.sql"), answer)
    return rendered, faults, calls


def source(text: str, rendered: Rendered, shown: str) -> str:
    at = rendered.text.index(shown)
    span = rendered.span(at, at + len(shown))
    return text[span.start : span.end]


def test_loops_conditions_and_macros_are_rendered() -> None:
    text = "SELECT {% for n in var('ns') %}c{{ n }}, {% endfor %}{{ both('p') }}{% if true %} FROM {{ ref('a') }}{% endif %}"
    rendered, faults, calls = render(text, MACROS)
    assert not faults
    assert rendered.text == "SELECT c1, c2, (p * 100) AS p_c FROM t_a"
    assert [(c.function, text[c.start : c.end]) for c in calls] == [
        ("var", "{% for n in var('ns') %}"),
        ("ref", "{{ ref('a') }}"),
    ]


def test_text_leads_back_character_by_character_and_expressions_as_wholes() -> None:
    text = "SELECT\n  {%- for n in [1, 2] %}\n  col_{{ n }} AS x{{ n }},\n  {%- endfor %}\n  wrong FROM {{ ref('a') }} -- end"
    rendered, faults, _ = render(text)
    assert not faults
    assert rendered.text.startswith("SELECT\n  col_1 AS x1,")
    for shown, written in {
        "wrong": "wrong",
        "FROM": "FROM",
        "t_a": "{{ ref('a') }}",
        "-- end": "-- end",
        "col_": "col_",
    }.items():
        assert source(text, rendered, shown) == written


def test_what_a_macro_prints_leads_to_its_call() -> None:
    text = "SELECT {{ cents('p') }} AS c {# a note #} FROM t"
    rendered, _, _ = render(text, MACROS)
    assert source(text, rendered, "(p * 100)") == "{{ cents('p') }}"
    assert source(text, rendered, "FROM t") == "FROM t"


def test_marks_do_not_reach_values() -> None:
    text = "{% set a %}ab{% endset %}{% macro m() %}xy{% endmacro %}{% if a == 'ab' and m() == 'xy' %}{{ a | length }}{% endif %}"
    rendered, faults, _ = render(text)
    assert not faults and rendered.text == "2"


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("{% if %}", "HGP020", "{% if %}"),
        ("SELECT\n{{ 1 +", "HGP020", "{{ 1 +"),
        ("SELECT {{ nothing }}", "HGP021", "nothing"),
        ("SELECT {{ env_var('X') }}", "HGP022", "env_var"),
        ("{% if execute %}1{% endif %}", "HGP023", "execute"),
        ("{{ run_query('x') }}", "HGP023", "run_query"),
        ("{{ adapter.dispatch('x') }}", "HGP023", "adapter"),
        ("a\nb {{ 1 // 0 }}", "HGP025", "b {{ 1 // 0 }}"),
        ("{{ ''.__class__.__mro__ }}{{ 1 }}{% if 1 %}{% endif %}", "HGP025", None),
        ("{% for i in range(99999999) %}x{% endfor %}", "HGP025", None),
        ("{% for i in range(9999) %}{% for j in range(9999) %}x{% endfor %}{% endfor %}", "HGP025", None),
        ("{{ [1].append(2) }}", "HGP025", None),
    ],
)  # fmt: skip
def test_each_fault_is_one_finding_at_its_place(text: str, code: str, place: str | None) -> None:
    _, faults, _ = render(text)
    assert [fault.code.id for fault in faults] == [code]
    if place is not None:
        assert text[faults[0].start : faults[0].end] == place


def test_faulty_macros_are_found_in_their_own_file() -> None:
    templates = Templates(
        {"macros/a.sql": "{% macro a() %}", "macros/b.sql": "{% macro b() %}{{ env_var('X') }}{% endmacro %}"}
    )
    assert [(d.code.id, d.span.file) for d in templates.diagnostics] == [
        ("HGP020", "macros/a.sql"),
        ("HGP022", "macros/b.sql"),
    ]


def test_a_macro_may_refer_to_streams() -> None:
    text = "SELECT * FROM {{ orders() }}{% if true %}{% endif %}"
    rendered, faults, calls = render(
        text, {"macros/o.sql": "{% macro orders() %}{{ ref('orders') }}{% endmacro %}"}
    )
    assert not faults and rendered.text == "SELECT * FROM t_orders"
    assert [(c.args, text[c.start : c.end]) for c in calls] == [(("orders",), "{{ orders() }}")]
