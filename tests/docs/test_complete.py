"""The docs say what there is: every code, verb and key has its place, every place its thing, and no link leads nowhere."""

from __future__ import annotations

import importlib
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import click
import msgspec
import pytest

import headgate
from headgate.cli.app import ALIASES, NOT_BUILT_YET, VERBS
from headgate.cli.app import headgate as command_line
from headgate.diagnostics import Code
from headgate.project import keys
from running import REPOSITORY

DOCS = REPOSITORY / "docs"
REMOVED: set[str] = set()
"""Codes that are used no more; their pages stay."""


def codes() -> dict[str, Code]:
    """Every code of the source, by its id."""
    found: dict[str, Code] = {}
    for module in pkgutil.walk_packages(headgate.__path__, "headgate."):
        if module.name == "headgate.__main__":
            continue
        for value in vars(importlib.import_module(module.name)).values():
            for code in value.values() if isinstance(value, dict) else (value,):
                if isinstance(code, Code):
                    assert found.setdefault(code.id, code) == code, f"{code.id} is two codes"
    return found


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    pages = {path.stem: path.read_text("utf-8") for path in (DOCS / "codes").glob("HG*.md")}
    known = codes()
    assert sorted(pages) == sorted({*known, *REMOVED})
    for id_, code in known.items():
        head = f"# {id_} {code.name}\n\n*{code.severity.value}, since {code.since}*\n"
        assert pages[id_].startswith(head), id_


def test_every_page_of_a_code_says_why_it_matters_and_runs_or_says_why_not() -> None:
    for path in (DOCS / "codes").glob("HG*.md"):
        text = path.read_text("utf-8")
        assert "## Why it matters\n" in text, path.name
        runs = "## Example\n" in text and "## Mended\n" in text
        assert runs or "*not runnable: " in text, path.name


def test_every_verb_and_every_option_is_in_the_reference() -> None:
    page = (DOCS / "reference" / "cli.md").read_text("utf-8")
    sections = dict(re.findall(r"^## (\S+)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    shared = page[: page.index("## init")]
    with click.Context(command_line) as ctx:
        for verb in VERBS:
            command = command_line.get_command(ctx, verb)
            assert command is not None
            for option in command.params:
                if isinstance(option, click.Option) and not option.hidden:
                    assert all(f"`{o}`" in sections[verb] + shared for o in option.opts), (verb, option.opts)
    for alias, verb in ALIASES.items():
        assert f"`{alias}`" in sections[verb]
    assert all(f"`{name}`" in page for name in NOT_BUILT_YET)


def test_every_key_is_in_the_reference_under_its_struct() -> None:
    page = (DOCS / "reference" / "format.md").read_text("utf-8")
    sections = dict(re.findall(r"^## (\S+)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    waiting: list[type[msgspec.Struct]] = [keys.ProjectFile, keys.Lists, keys.EnvironmentFile]
    met: set[type[msgspec.Struct]] = set()
    while waiting:
        struct = waiting.pop()
        if struct in met:
            continue
        met.add(struct)
        for field in msgspec.structs.fields(struct):
            assert f"| `{field.encode_name}`" in sections[struct.__name__], (
                struct.__name__,
                field.encode_name,
            )
            waiting += structs_in(field.type)
    assert len(met) > 40


def structs_in(annotation: object) -> list[type[msgspec.Struct]]:
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return [annotation]
    return [struct for part in getattr(annotation, "__args__", ()) for struct in structs_in(part)]


PROSE = [
    path
    for path in sorted([*REPOSITORY.glob("*.md"), *DOCS.rglob("*.md"), *REPOSITORY.glob("examples/*/*.md")])
    if path.parent.name != "codes"
]


@pytest.mark.parametrize("page", PROSE, ids=lambda p: str(p.relative_to(REPOSITORY)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), target
        if anchor and file.suffix == ".md":
            headings = re.findall(r"^#+ (.*)$", file.read_text("utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}
            assert anchor in slugs, target


def test_every_decision_stays_within_a_page() -> None:
    for path in (DOCS / "decisions").glob("*.md"):
        assert len(path.read_text("utf-8").splitlines()) <= 60, path.name


@pytest.mark.slow
def test_generated_pages_are_as_generated() -> None:
    ran = subprocess.run(
        [sys.executable, "tools/generate_docs.py", "--check"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_command_of_make_that_is_spoken_of_is_there() -> None:
    makefile = (REPOSITORY / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):.*##", makefile, re.MULTILINE))
    spoken = {
        name for page in PROSE for name in re.findall(r"\bmake ([a-z-]+)\b", code_of(page.read_text("utf-8")))
    }
    assert {"demo", "test", "golden", "docs", "bench", "record-flink"} <= spoken
    assert spoken - targets == set()


def code_of(text: str) -> str:
    """What stands in code: between backticks, or in a block."""
    return "\n".join([*re.findall(r"`([^`\n]+)`", text), *re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)])


def test_ci_runs_what_is_written_for_it() -> None:
    script = REPOSITORY / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert "make test" in script.read_text("utf-8")


@pytest.mark.parametrize(("said", "code"), [("5 passed in 1.20s", 0), ("1 failed, 4 passed in 1.20s", 2)])
def test_the_last_line_of_ci_is_that_of_pytest_and_its_code_that_of_make(
    tmp_path: Path, said: str, code: int
) -> None:
    make = tmp_path / "make"
    make.write_text(f"#!/bin/sh\necho lint is clean\necho '{said}'\necho make: done >&2\nexit {code}\n")
    make.chmod(0o755)
    ran = subprocess.run(
        [REPOSITORY / ".ci" / "run"],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "CI": "true"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout.splitlines()[-1]) == (code, said)
