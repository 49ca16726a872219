"""`.sql` files below a project: the query of a model each, with dbt's `config(…)` call read out of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from headgate.diagnostics import Diagnostic, Span
from headgate.project import codes, keys
from headgate.project.entries import Entry
from headgate.project.validate import convert
from headgate.syntax import Document, Path, Place
from headgate.syntax.scalars import TextMap, scalar_map, whole_file

_CONFIG = re.compile(r"\{\{-?\s*config\s*\((.*?)\)\s*-?\}\}", re.DOTALL)
_WORDS = {"true": "True", "false": "False", "none": "None", "null": "None"}


@dataclass(frozen=True, slots=True)
class SqlText:
    """A query as written: its text, where each character stands, and the place of the whole."""

    text: str
    place: Place

    @property
    def places(self) -> TextMap:
        """Where each character of the text stands."""
        document = self.place.document
        return (
            whole_file(document.file) if document.spans is not None else scalar_map(document, self.place.path)
        )


@dataclass(slots=True)
class SqlFiles:
    """The `.sql` files by the name that they stand for, and which of them have been used."""

    files: dict[str, list[Document]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def add(self, name: str, text: str) -> None:
        """One more file."""
        stem = name.rpartition("/")[2].removesuffix(".sql")
        spans: dict[Path, tuple[int, int]] = {(): (0, min(len(text), max(1, text.find("\n"))))}
        self.files.setdefault(stem, []).append(Document(name, text, {}, spans=spans))

    def take(self, stem: str, found: list[Diagnostic]) -> SqlText | None:
        """The query of that name; a second file of the name is a finding."""
        documents = self.files.get(stem)
        if not documents:
            return None
        first, *others = documents
        found += [
            codes.TWO_QUERIES.at(other.place().span(), f"a second file is the query of `{stem}`")
            .note("the first one is this", first.place().span())
            .with_help("delete or rename one of them")
            for other in others
            if other.file not in self.used
        ]
        self.used |= {document.file for document in documents}
        return SqlText(first.text, first.place())

    def unused(self, fixtures: set[str], unfit: set[str]) -> Iterator[Diagnostic]:
        """Files that are nobody's query and nobody's fixture."""
        for stem in sorted(self.files):
            name = re.sub(r"_v\d+$", "", stem)
            for document in self.files[stem]:
                if document.file in self.used or document.file in fixtures or {stem, name} & unfit:
                    continue
                yield codes.NOBODYS_QUERY.at(
                    Span(document.file, 0, 0), f"no model is called `{stem}`: the file is nobody's query"
                ).with_help(f"declare it: `models: [{{name: {stem}}}]`, or delete the file")


def settle_config_calls(entry: Entry[keys.Model], text: SqlText, found: list[Diagnostic]) -> None:
    """Add what `config(…)` in a query says to the model's `config`. Said twice, and differently, is an error."""
    if "config" not in text.text:
        return
    document, places = text.place.document, text.places
    for match in _CONFIG.finditer(text.text):
        values = _arguments(match[1])
        whole = places.span(match.start(), match.end())
        span = (whole.start, whole.end)
        if values is None:
            found.append(
                codes.BAD_VALUE.at(
                    Span(document.file, *span), "`config` takes names and literal values alone"
                ).with_help('write `{{ config(materialized="flink_stream", tags=["a"]) }}`')
            )
            continue
        spans = dict(document.spans or {})
        spans[("config",)] = span
        at = match.start(1)
        for name in values:
            spot = re.compile(rf"\b{re.escape(name)}\s*=").search(text.text, at, match.end(1))
            named = places.span(spot.start(), match.end(1)) if spot else whole
            spans[("config", name)] = (named.start, named.end)
        settings = Document(document.file, document.text, {"config": values}, spans=spans)
        config = convert(values, keys.Config, settings.place("config"), found)
        if config is not None:
            _add(entry, config, settings.place("config"), found)


def _add(entry: Entry[keys.Model], config: keys.Config, place: Place, found: list[Diagnostic]) -> None:
    own = entry.said.config or keys.Config()
    for name in config.__struct_fields__:
        value = getattr(config, name)
        if value is None:
            continue
        beside = getattr(own, name)
        if beside is None:
            setattr(own, name, value)
            entry.moved.setdefault(name, place.at(name))
        elif beside != value:
            found.append(
                codes.DISAGREES.at(place.at(name).span(), f"`{name}` is said twice, and differently")
                .note("it is said here too", entry.at("config", name).span())
                .with_help("keep one of them")
            )
    entry.said.config = own


def _arguments(text: str) -> dict[str, Any] | None:
    """The keyword arguments of a call, all of them literals."""
    source = re.sub(r"\b(true|false|none|null)\b", lambda m: _WORDS[m[1]], text)
    try:
        call = ast.parse(f"f({source})", mode="eval").body
        if not isinstance(call, ast.Call) or call.args or any(k.arg is None for k in call.keywords):
            return None
        return {str(k.arg): ast.literal_eval(k.value) for k in call.keywords}
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
