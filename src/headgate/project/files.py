"""The files of a project, read and parsed; in several processes where there are many."""

from __future__ import annotations

import marshal
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_all_start_methods, get_context
from typing import Protocol

from headgate.diagnostics import Diagnostic, Span
from headgate.project import codes
from headgate.syntax import Document
from headgate.syntax.yaml import read_document

PROJECT_FILES = ("headgate.yml", "headgate.yaml")
WORTH_WORKERS = 400
"""Below this many files, starting processes costs more than it saves."""


class FileTree(Protocol):
    """The files of a project: names are posix and relative to its root."""

    def names(self) -> Sequence[str]:
        """Every file's name."""
        ...

    def read(self, name: str) -> bytes:
        """A file's bytes; OSError where it cannot be read."""
        ...


class FilesInMemory:
    """A tree of files that are values: for tests, examples of pages and editors."""

    def __init__(self, files: dict[str, str | bytes]) -> None:
        self._files = {name: text.encode() if isinstance(text, str) else text for name, text in files.items()}

    def names(self) -> list[str]:
        """Every file's name, sorted."""
        return sorted(self._files)

    def read(self, name: str) -> bytes:
        """A file's bytes."""
        found = self._files.get(name)
        if found is None:
            raise FileNotFoundError(name)
        return found


@dataclass(frozen=True, slots=True)
class Listing:
    """The names of a project's files by what they are for, sorted."""

    declarations: tuple[str, ...]
    environments: tuple[str, ...]
    queries: tuple[str, ...]
    macros: tuple[str, ...]
    every: frozenset[str]


def listing(names: Sequence[str]) -> Listing:
    """What each file of a project is for. Hidden folders and `target/` hold no declarations."""
    declarations: list[str] = []
    environments: list[str] = []
    queries: list[str] = []
    macros: list[str] = []
    for name in sorted(names):
        parts = name.split("/")
        if parts[0] == "target" or any(part.startswith(".") for part in parts):
            continue
        if name.endswith((".yml", ".yaml")):
            (environments if parts[0] == "environments" else declarations).append(name)
        elif name.endswith(".sql"):
            (macros if parts[0] == "macros" else queries).append(name)
    return Listing(tuple(declarations), tuple(environments), tuple(queries), tuple(macros), frozenset(names))


def parse_file(file: str, data: bytes) -> tuple[Document | None, list[Diagnostic]]:
    """A YAML file's document and what is wrong with it as YAML. Pure, and its answer can be pickled."""
    return read_document(file, data)


def read_text(tree: FileTree, name: str, found: list[Diagnostic]) -> str | None:
    """A file's text, or None and a finding."""
    try:
        return tree.read(name).decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        found += read_document(name, tree.read(name))[1]
    except OSError as error:
        found.append(unreadable(name, error))
    return None


def unreadable(name: str, error: OSError) -> Diagnostic:
    """The finding for a file that is there and cannot be read."""
    reason = error.strerror or type(error).__name__
    return codes.UNREADABLE.at(Span(name, 0, 0), f"the file cannot be read: {reason}").with_help(
        "look at its permissions"
    )


@dataclass(frozen=True, slots=True)
class Parsed:
    """What came of the YAML files: documents of those that hold, in the order asked for, and what was found."""

    documents: dict[str, Document]
    broken: dict[str, str]
    """The text of files of which no document could be made."""
    diagnostics: list[Diagnostic]


def parse_files(tree: FileTree, names: Sequence[str], *, workers: int = 1) -> Parsed:
    """Every named file, parsed; the answer is the same for any number of workers."""
    documents: dict[str, Document] = {}
    broken: dict[str, str] = {}
    found: list[Diagnostic] = []
    read: list[tuple[str, bytes]] = []
    for name in names:
        try:
            read.append((name, tree.read(name)))
        except OSError as error:
            found.append(unreadable(name, error))
            broken[name] = ""
    parallel = workers > 1 and len(read) >= WORTH_WORKERS and "fork" in get_all_start_methods()
    results = _in_workers(read, workers) if parallel else (read_document(*item) for item in read)
    for (name, data), (document, diagnostics) in zip(read, results, strict=True):
        found += diagnostics
        if document is None:
            broken[name] = data.decode("utf-8", "replace")
        else:
            documents[name] = document
    return Parsed(documents, broken, found)


_Packed = tuple[bytes | None, list[Diagnostic]]


def _in_workers(
    read: list[tuple[str, bytes]], workers: int
) -> list[tuple[Document | None, list[Diagnostic]]]:
    size = max(1, -(-len(read) // (workers * 4)))
    chunks = [read[at : at + size] for at in range(0, len(read), size)]
    with ProcessPoolExecutor(workers, mp_context=get_context("fork")) as pool:
        packed = [item for chunk in pool.map(_parse_chunk, chunks) for item in chunk]
    return [
        (_unpack(name, data, values), found)
        for (name, data), (values, found) in zip(read, packed, strict=True)
    ]


def _parse_chunk(chunk: list[tuple[str, bytes]]) -> list[_Packed]:
    return [_pack(*read_document(*item)) for item in chunk]


def _pack(document: Document | None, found: list[Diagnostic]) -> _Packed:
    # Plain values cross faster by marshal than by pickle; both ends are the same interpreter.
    if document is None:
        return None, found
    return marshal.dumps((document.value, document.templated, dict(document.queries))), found


def _unpack(name: str, data: bytes, values: bytes | None) -> Document | None:
    if values is None:
        return None
    value, templated, queries = marshal.loads(values)  # noqa: S302 - our own child wrote it
    return Document(name, data.decode("utf-8").removeprefix("\ufeff"), value, templated, queries)
