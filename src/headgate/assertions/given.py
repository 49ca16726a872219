"""The rows that a unit test writes: as maps, as CSV, or as a query; in line or in a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from headgate.project.declarations import Given, Project
from headgate.syntax import Place

RECORD_KEYS = ("_timestamp", "_op", "_key", "_partition")
"""What a row may say of its record, beside the columns (semantics.md §7)."""

Row = Mapping[str, Any]


def text_of(project: Project, given: Given) -> str:
    """The text of rows that are no maps."""
    if given.fixture:
        return project.texts.get(given.fixture, "")
    return given.rows if isinstance(given.rows, str) else ""


def placed_rows(project: Project, given: Given) -> Iterator[tuple[Row, Place]]:
    """Each row, and where it stands; a query has its rows only when it is run."""
    if isinstance(given.rows, list):
        at = given.place.at("rows") if _keyed(given) else given.place
        yield from ((row, at.at(index)) for index, row in enumerate(given.rows))
    elif given.format == "csv":
        at = given.place.at("fixture" if given.fixture else "rows")
        yield from ((row, at) for row in _csv_rows(text_of(project, given)))


def _keyed(given: Given) -> bool:
    """Whether the rows stand under the key `rows`; `expect: [...]` has them right there."""
    value = given.place.document.value
    for step in given.place.path:
        value = value[step]
    return isinstance(value, dict)


def _csv_rows(text: str) -> Iterator[Row]:
    """The lines below the header; an empty cell is null."""
    reader = csv.reader(io.StringIO(text.strip() + "\n", newline=""), skipinitialspace=True)
    header: list[str] | None = None
    for cells in reader:
        cells = [cell.strip() for cell in cells]
        if header is None:
            header = cells
        elif any(cells):
            yield {name: cell or None for name, cell in zip(header, cells, strict=False)}
