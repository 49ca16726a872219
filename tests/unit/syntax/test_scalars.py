"""An offset in a YAML text leads to the file, whatever way the text is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.syntax.scalars import scalar_map
from headgate.syntax.yaml import read_document

STYLES = {
    "literal": "a:\n  sql: |\n    SELECT id,\n      amount\n\n    FROM orders\n  z: 1\n",
    "literal, kept": "a:\n  sql: |+\n    SELECT id,\n      amount\n\n    FROM orders\n\n",
    "literal, indented by hand": "a:\n  sql: |2\n      SELECT id,\n        amount FROM orders\n",
    "folded": "a:\n  sql: >\n    SELECT id,\n    amount\n\n    FROM orders\n",
    "plain": "a:\n  sql: SELECT id, amount FROM orders\n",
    "plain over lines": "a:\n  sql: SELECT id,\n    amount\n\n    FROM orders\n",
    "single quoted": "a:\n  sql: 'SELECT id, ''x'' AS amount\n    FROM orders'\n",
    "double quoted": 'a:\n  sql: "SELECT id, \\"x\\" AS\\n amount \\\n    FROM orders"\n',
    "windows": "a:\r\n  sql: |\r\n    SELECT id,\r\n      amount\r\n    FROM orders\r\n",
    "flow": 'a: {sql: "SELECT id, amount FROM orders", z: 1}\n',
}


@pytest.mark.parametrize("style", STYLES)
def test_every_word_leads_to_itself(style: str) -> None:
    text = STYLES[style]
    document, found = read_document("a.yml", text.encode())
    assert not found and document is not None
    value = document.value["a"]["sql"]
    places = scalar_map(document, ("a", "sql"))
    for word in ("SELECT", "id", "amount", "FROM", "orders"):
        at = value.index(word)
        span = places.span(at, at + len(word))
        assert text[span.start : span.end] == word


def test_the_same_query_twice_is_placed_by_its_path() -> None:
    text = "- sql: |\n    SELECT 1\n- sql: |\n    SELECT 1\n"
    document, _ = read_document("a.yml", text.encode())
    assert document is not None
    assert scalar_map(document, (1, "sql")).source(0) == text.rindex("SELECT")


@given(st.text(alphabet="ab \n'\"\\\t#:{}", max_size=40))
def test_any_double_quoted_text_is_mapped_within_its_file(content: str) -> None:
    escaped = content.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    text = f'a: "{escaped}"\n'
    document, found = read_document("a.yml", text.encode())
    assert not found and document is not None and document.value == {"a": content}
    places = scalar_map(document, ("a",))
    for offset, character in enumerate(content):
        source = text[places.source(offset)]
        assert source == character or source == "\\"
