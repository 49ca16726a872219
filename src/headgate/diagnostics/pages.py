"""The pages that explain diagnostic codes: package data of a wheel, `docs/codes` of a checkout."""

from __future__ import annotations

from pathlib import Path

_FOLDERS = (Path(__file__).parent / "pages", Path(__file__).parents[3] / "docs" / "codes")


def find_page(code: str) -> str | None:
    """The page of a code as Markdown, or None where there is none."""
    for folder in _FOLDERS:
        page = folder / f"{code}.md"
        if page.is_file():
            return page.read_text(encoding="utf-8")
    return None


def all_codes() -> list[str]:
    """Every code that has a page, sorted."""
    found = {
        p.stem for folder in _FOLDERS if folder.is_dir() for p in folder.glob("HG[A-Z][0-9][0-9][0-9].md")
    }
    return sorted(found)
