"""Every code of plans and applies has its page."""

from __future__ import annotations

from pathlib import Path

import pytest

from headgate.diagnostics import Code
from headgate.plan.refusals import CODES

PAGES = Path(__file__).resolve().parents[3] / "docs" / "codes"


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.id)
def test_the_page_says_what_it_is_and_why_it_matters(code: Code) -> None:
    text = (PAGES / f"{code.id}.md").read_text()
    assert text.startswith(f"# {code.id} {code.name}\n\n*{code.severity.value}, since {code.since}*\n\n")
    assert "\n## Why it matters\n" in text
    assert "\n*not runnable: " in text


def test_no_two_codes_share_an_id_or_a_name() -> None:
    assert len({c.id for c in CODES}) == len({c.name for c in CODES}) == len(CODES)
