"""Every code of queries has a page; its example yields just that code, and its mended example nothing."""

from __future__ import annotations

import pytest

from checked import checked
from code_pages import examples_of
from headgate.diagnostics import Code, Severity
from headgate.sql.codes import CODES


@pytest.mark.parametrize("code", CODES.values(), ids=CODES)
def test_the_page_holds(code: Code) -> None:
    example, mended = examples_of(code)
    found = [d for d in checked(example) if d.severity is not Severity.INFO]
    assert {d.code.id for d in found} == {code.id}, found
    assert [d for d in checked(mended) if d.severity is not Severity.INFO] == []
