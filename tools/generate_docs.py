"""Writes the generated part of `docs/`: `make docs`. With `--check`, writes nothing and says what is not as generated."""

from __future__ import annotations

import sys
from pathlib import Path

from pages.answers import answer_schemas
from pages.codes import code_index
from pages.commands import command_reference
from pages.engine import engine_page
from pages.format import format_reference
from pages.live_pictures import live_pictures
from pages.manifest import manifest_reference
from pages.picture import picture

ROOT = Path(__file__).resolve().parents[1]


def generated() -> dict[str, str]:
    """Every generated file and its text."""
    return {
        **answer_schemas(),
        **command_reference(),
        **format_reference(),
        **manifest_reference(),
        **code_index(ROOT),
        **engine_page(ROOT),
        **picture(ROOT),
        **live_pictures(),
    }


def main(arguments: list[str]) -> int:
    files = generated()
    stale = [name for name, text in files.items() if _read(ROOT / name) != text]
    stale += [str(p.relative_to(ROOT)) for p in _left_over(files)]
    if "--check" in arguments:
        for name in sorted(stale):
            print(f"{name} is not as generated: run `make docs`")
        return 1 if stale else 0
    for path in _left_over(files):
        path.unlink()
    for name, text in files.items():
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / name).write_text(text, "utf-8")
    print(f"{len(files)} generated files, {len(stale)} of them changed")
    return 0


def _read(path: Path) -> str | None:
    return path.read_text("utf-8") if path.is_file() else None


def _left_over(files: dict[str, str]) -> list[Path]:
    """Files in folders that hold nothing but generated ones, and that nothing generates any more."""
    wanted = {ROOT / name for name in files}
    folders = (ROOT / "docs" / "answers", ROOT / "docs" / "reference")
    return [p for folder in folders if folder.is_dir() for p in folder.iterdir() if p not in wanted]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
