"""The page of measurements: tables, ratios, and how they were taken."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass, field
from pathlib import Path

from bench.generator import Shape
from bench.measuring import Measured


@dataclass(slots=True)
class Row:
    """What was measured of one shape, by Python."""

    shape: Shape
    check: dict[str, Measured] = field(default_factory=dict)
    compile: dict[str, Measured] = field(default_factory=dict)
    warm: dict[str, Measured] = field(default_factory=dict)
    dbt: Measured | None = None

    def __str__(self) -> str:
        cold = ", ".join(f"{name} {one.seconds:.2f} s" for name, one in self.check.items())
        return f"{self.shape.models} models, depth {self.shape.depth}: check {cold}"


@dataclass(slots=True)
class Results:
    """Everything that was measured. `unit_tests` are how many, the seconds of the whole command, and those in the tests."""

    rows: list[Row] = field(default_factory=list)
    start: dict[str, tuple[Measured, Measured]] = field(default_factory=dict)
    unit_tests: tuple[int, float, float] = (0, 0.0, 0.0)
    versions: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def page(results: Results) -> str:
    """The page as Markdown."""
    parts = [_HEAD, _cold(results), _linear(results), _start(results), _tests(results), _how(results)]
    return "\n".join(parts)


_HEAD = """\
# Performance

<!-- written by `make bench` -->

What users wait for, on projects of generated models: filters, windows, interval joins and unions in layers, a contract of twelve
columns each, a test per five models, a use per ten. Times are seconds by the clock. `check` reads every file, binds every query,
follows every policy and judges every rule; nothing is left from an earlier run. dbt's `parse` reads templates and references of as
many models with the least SQL there is, and leaves the SQL alone; it stands here for what people are used to wait for.
"""


def _cold(results: Results) -> str:
    pythons = list(results.rows[0].check) if results.rows else []
    heads = [f"{verb}{_extra(name)}" for verb in ("check", "compile") for name in pythons]
    lines = [
        f"| models | depth | {' | '.join(heads)} | check again | peak MB | dbt parse | dbt ÷ check |",
        "| ---: " * (len(heads) + 6) + "|",
    ]
    for row in results.rows:
        cells = [
            f"{row.shape.models:,}",
            str(row.shape.depth),
            *(f"{row.check[name].seconds:.2f}" for name in pythons),
            *(f"{row.compile[name].seconds:.2f}" for name in pythons),
            f"{row.warm['plain'].seconds:.2f}",
            f"{max(one.megabytes for one in (*row.check.values(), *row.compile.values())):.0f}",
            f"{row.dbt.seconds:.2f}" if row.dbt else "",
            f"{row.dbt.seconds / row.check['plain'].seconds:.1f}" if row.dbt else "",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "## Cold\n\n" + "\n".join(lines) + "\n"


def _extra(name: str) -> str:
    return "" if name == "plain" else f" ({name})"


def _linear(results: Results) -> str:
    """How time grows: milliseconds a model, and the ratio of the deepest to the flattest of a size."""
    lines = ["| models | depth | ms a model (check) |", "| ---: | ---: | ---: |"]
    for row in results.rows:
        each = row.check["plain"].seconds / row.shape.models * 1000
        lines.append(f"| {row.shape.models:,} | {row.shape.depth} | {each:.2f} |")
    return (
        "## Growth\n\nTime follows the number of models, and not the depth of the graph.\n\n"
        + "\n".join(lines)
        + "\n"
    )


def _start(results: Results) -> str:
    lines = ["| | `headgate --help` | `python -c pass` | ratio |", "| --- | ---: | ---: | ---: |"]
    for name, (ours, empty) in results.start.items():
        lines.append(
            f"| {name} | {ours.seconds * 1000:.0f} ms | {empty.seconds * 1000:.0f} ms | {ours.seconds / empty.seconds:.1f} |"
        )
    return "## Start-up\n\n" + "\n".join(lines) + "\n"


def _tests(results: Results) -> str:
    count, seconds, inside = results.unit_tests
    return (
        "## Unit tests\n\n"
        f"{count} unit tests of a windowed aggregation with a late row each: {seconds:.2f} s for the whole command, "
        f"{inside / count * 1000:.2f} ms a test, {count / inside:.0f} tests a second.\n"
    )


def _how(results: Results) -> str:
    lines = [
        f"- {os.cpu_count()} cores ({_processor()}), {platform.system()} {platform.machine()}, Python {platform.python_version()};",
        *(f"- {name}: {text};" for name, text in results.versions.items()),
        "- each command as a process of its own, its files in the system's cache; the quickest of three runs (at 10,000 models of two, and one of `compile` and dbt);",
        "- peak memory is that of the largest process; `check` and `compile` use two;",
        "- *check again* is a second `check`, with the facts that the first one left under `.headgate/`.",
        *(f"- {note}" for note in results.notes),
    ]
    return "## How it was measured\n\n`make bench`, on:\n\n" + "\n".join(lines) + "\n"


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text("utf-8", "replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
