"""Every rule's code has a page; its example yields it and nothing else, and its mended example is clean."""

from __future__ import annotations

import pytest

from checked import checked
from code_pages import examples_of
from headgate.analysis import Rule, builtin_rules
from headgate.diagnostics import Severity

RULES = builtin_rules()


@pytest.mark.parametrize("one", RULES.values(), ids=RULES)
def test_the_page_holds(one: Rule) -> None:
    code = one.code
    example, mended = examples_of(code)
    found = checked(example)
    assert code.id in {d.code.id for d in found}, found
    assert {d.code.id for d in found if d.severity is not Severity.INFO} <= {code.id}, found
    cleared = checked(mended)
    assert [d for d in cleared if d.severity is not Severity.INFO or d.code.id == code.id] == []
    assert all(d.help for d in found if d.code.id == code.id)
