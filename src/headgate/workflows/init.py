"""`init`: a project that builds at once, with what an editor and a CI want beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from headgate.workflows.output import write_new
from headgate.workflows.results import COULD_NOT_RUN, InitResult
from headgate.workflows.schema import whole_schema

TEMPLATES = ("starter", "empty", "payments")

_HERE = Path(__file__).parent / "templates"
_FOLDERS = (_HERE, Path(__file__).parents[3] / "examples")
"""Templates of a wheel; of a checkout, whose example is a template too."""
_NAME = "project_name"
_IGNORED = (".env", ".headgate/", "target/")

_SCHEMA = ".vscode/headgate.schema.json"
_KINDS = {
    "ProjectFile": ("project", ["headgate.yml"]),
    "EnvironmentFile": ("environment", ["environments/*.yml", "environments/*.yaml"]),
    "Lists": ("lists", ["*.yml", "*.yaml", "!headgate.yml", "!environments/*", "!.github/**"]),
}
"""Which of the schema's definitions is meant in which files."""

_CI = """\
# What can be known without a server, said at the lines of the pull request; then a build on the samples.
name: headgate
on: [pull_request]
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with: {python-version: "3.11"}
      - run: pip install "headgate>=0.1,<1"
      - run: headgate check --output github
      - run: headgate build --env embedded
"""


def init(folder: Path, template: str) -> InitResult:
    """Writes a project into `folder`, which may exist; a file that is there is never written over.

    Where a declaration of the template is there already, nothing is written, and `taken` says which. What only helps
    (editor, CI) is left as it is where it is there; lines that `.gitignore` lacks are added to it.
    """
    declared = _declarations(template, project_name(folder))
    taken = tuple(name for name in declared if (folder / name).exists())
    if taken:
        return InitResult(command="init", root=str(folder), taken=taken, exit_code=COULD_NOT_RUN)
    helping = {name: text for name, text in beside() if not (folder / name).exists()}
    files = {**declared, **helping}
    for name, text in files.items():
        write_new(folder / name, text)
    ignored = ignore(folder / ".gitignore")
    return InitResult(command="init", root=str(folder), files=tuple(sorted([*files, *ignored])))


def _declarations(template: str, project: str) -> Mapping[str, str]:
    root = next(folder / template for folder in _FOLDERS if (folder / template / "headgate.yml").is_file())
    found = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root)
        if path.is_file() and name.parts[0] != "target" and not any(p.startswith(".") for p in name.parts):
            found[name.as_posix()] = path.read_text("utf-8").replace(_NAME, project)
    return found


def project_name(folder: Path) -> str:
    """The folder's name as a project's: lower case, words joined by underscores, a letter first.

    >>> project_name(Path("/x/My Shop-2"))
    'my_shop_2'
    """
    name = re.sub(r"[^a-z0-9]+", "_", folder.resolve().name.lower()).strip("_")
    return name if re.match(r"[a-z]", name) else f"project_{name}".rstrip("_")


@cache
def _schema_text() -> str:
    """The format's schema; the same for every project of a process."""
    return _json(whole_schema())


def beside() -> Iterator[tuple[str, str]]:
    """What an editor and a CI want of a project: files by name."""
    yield _SCHEMA, _schema_text()
    wanted = {}
    for definition, (kind, globs) in _KINDS.items():
        name = f".vscode/{kind}.schema.json"
        yield name, _json({"$ref": f"{Path(_SCHEMA).name}#/$defs/{definition}"})
        wanted[f"./{name}"] = globs
    yield ".vscode/settings.json", _json({"yaml.schemas": wanted})
    yield ".github/workflows/headgate.yml", _CI


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def ignore(path: Path) -> list[str]:
    """Adds what must not be committed to a `.gitignore`; its name, if that changed it."""
    text = path.read_text("utf-8") if path.exists() else ""
    missing = [line for line in _IGNORED if line not in text.splitlines()]
    if not missing:
        return []
    between = "" if not text or text.endswith("\n") else "\n"
    with path.open("a", encoding="utf-8") as file:
        file.write(between + "".join(f"{line}\n" for line in missing))
    return [path.name]
