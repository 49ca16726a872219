"""The files of a project, read and parsed; in several processes where there are many."""

from __future__ import annotations

import marshal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from typing import Protocol

from headgate.diagnostics import Diagnostic, Span
from headgate.project import codes
from headgate.syntax import Document
from headgate.syntax.yaml import read_document

PROJECT_FILES = ("headgate.yml", "headgate.yaml")
WORTH_WORKERS = 100
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

    def __init__(self, files: Mapping[str, str | bytes]) -> None:
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


def _in_workers(
    read: list[tuple[str, bytes]], workers: int
) -> list[tuple[Document | None, list[Diagnostic]]]:
    """Every file, parsed by forked children that have the bytes already, and by this process, each a share."""
    size = -(-len(read) // workers)
    own, *shares = (read[at : at + size] for at in range(0, len(read), size))
    context = get_context("fork")
    children: list[tuple[Connection, ForkProcess]] = []
    for share in shares:
        mine, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_parse_share, args=(share, theirs), daemon=True)
        process.start()
        theirs.close()
        children.append((mine, process))
    results = [read_document(*item) for item in own]
    for share, (mine, process) in zip(shares, children, strict=True):
        results += _received(share, mine)
        process.join()
    return results


def _parse_share(share: list[tuple[str, bytes]], answer: Connection) -> None:
    packed: list[tuple[bytes | None, list[Diagnostic]]] = []
    for item in share:
        document, found = read_document(*item)
        # Plain values cross faster by marshal than by pickle; both ends are the same interpreter.
        values = (
            None
            if document is None
            else marshal.dumps((document.value, document.templated, dict(document.queries)))
        )
        packed.append((values, found))
    answer.send(packed)
    answer.close()


def _received(
    share: list[tuple[str, bytes]], answer: Connection
) -> list[tuple[Document | None, list[Diagnostic]]]:
    try:
        packed = answer.recv()
    except EOFError:  # the child was killed, by want of memory most likely: go on alone
        return [read_document(*item) for item in share]
    results: list[tuple[Document | None, list[Diagnostic]]] = []
    for (name, data), (values, found) in zip(share, packed, strict=True):
        document: Document | None = None
        if values is not None:
            value, templated, queries = marshal.loads(values)  # noqa: S302 - our own child wrote it
            document = Document(name, data.decode("utf-8").removeprefix("\ufeff"), value, templated, queries)
        results.append((document, found))
    return results
