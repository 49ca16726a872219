"""Every code of tests has a page; its example yields just that code, and its mended example nothing."""

from __future__ import annotations

import pytest

from checked import loaded
from code_pages import examples_of
from headgate.assertions import check_assertions, codes
from headgate.diagnostics import Code, Diagnostic

CODES = [value for value in vars(codes).values() if isinstance(value, Code)]


def found(files: dict[str, str]) -> list[Diagnostic]:
    graph, before = loaded(files)
    assert graph is not None
    return [*before, *check_assertions(graph)]


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.id)
def test_the_page_holds(code: Code) -> None:
    example, mended = examples_of(code)
    assert [d.code.id for d in found(example)] == [code.id]
    assert found(mended) == []
