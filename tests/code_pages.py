"""Pages of codes, taken apart: the example that yields the code, and the mended one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from headgate.diagnostics import Code
from running import REPOSITORY


@dataclass(frozen=True)
class Page:
    """The files of both examples, by their names; None where the page says why it is not run."""

    example: dict[str, str] | None
    mended: dict[str, str] | None


def page_of(code: Code) -> Page:
    """The page of a code, whose head must say what the code says."""
    text = (REPOSITORY / "docs" / "codes" / f"{code.id}.md").read_text("utf-8")
    assert text.startswith(f"# {code.id} {code.name}\n\n*{code.severity.value}, since {code.since}*\n")
    if "## Example" not in text:
        assert "*not runnable: " in text
        return Page(None, None)
    example, mended = text.split("## Example")[1].split("## Mended")
    return Page(_files(example), _files(mended))


def examples_of(code: Code) -> tuple[dict[str, str], dict[str, str]]:
    """Both examples of a page that must have them."""
    page = page_of(code)
    assert page.example and page.mended
    return page.example, page.mended


def _files(section: str) -> dict[str, str]:
    found = {}
    for block in re.findall(r"```\w+\n(.*?)```", section, re.DOTALL):
        name, _, text = block.partition("\n")
        found[name.lstrip("#- ").strip()] = text
    return found
