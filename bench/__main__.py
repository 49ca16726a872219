"""`python -m bench`: measures what users wait for, and writes docs/performance.md.

python -m bench                       everything (some minutes)
python -m bench --sizes 100,1000      only these, printed and not written
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from bench import interpreters
from bench.dbt_project import write_dbt_project
from bench.generator import Shape, write_project
from bench.interpreters import Missing
from bench.measuring import Failed, Measured, measure
from bench.page import Results, Row, page
from bench.unit_test_project import write_unit_test_project

SHAPES = (Shape(100, 10), Shape(1_000, 10), Shape(1_000, 40), Shape(10_000, 10), Shape(10_000, 40))
UNIT_TESTS = 500


@dataclass(slots=True)
class Bench:
    """A run of the benchmark: which shapes, and with which Pythons."""

    shapes: tuple[Shape, ...]
    pythons: dict[str, Path] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    results: Results = field(default_factory=Results)

    def run(self, home: Path) -> Results:
        """Everything, in folders below `home`."""
        self.pythons["plain"] = interpreters.plain()
        self._add("fast", interpreters.fast())
        self._add("dbt", interpreters.dbt())
        self._start_up(home)
        for shape in self.shapes:
            self._shape(home / f"{shape.models}x{shape.depth}", shape)
        self._unit_tests(home / "unit_tests")
        self.results.notes = self.notes
        self.results.versions = {name: _versions(name, python) for name, python in self.pythons.items()}
        return self.results

    def _add(self, name: str, python: Path | Missing) -> None:
        if isinstance(python, Missing):
            self.notes.append(f"{name} is not measured: {python.why}")
        else:
            self.pythons[name] = python

    def _start_up(self, home: Path) -> None:
        for name, python in self.pythons.items():
            if name != "dbt":
                self.results.start[name] = (
                    _taken([str(python), "-m", "headgate", "--help"], home, 15),
                    _taken([str(python), "-c", "pass"], home, 15),
                )

    def _shape(self, folder: Path, shape: Shape) -> None:
        write_project(folder, shape)
        row = Row(shape)
        times, once = (3, 3) if shape.models <= 1_000 else (2, 1)
        for name, python in self.pythons.items():
            if name == "dbt":
                continue
            headgate = [str(python), "-m", "headgate"]
            row.check[name] = _taken([*headgate, "check", "--no-cache"], folder, times)
            row.compile[name] = _taken([*headgate, "compile", "--no-cache"], folder, once)
            _taken([*headgate, "check"], folder, 1)
            row.warm[name] = _taken([*headgate, "check"], folder, times)
            shutil.rmtree(folder / ".headgate")
        row.dbt = self._dbt(folder.with_name(f"{folder.name}-dbt"), shape, once)
        self.results.rows.append(row)
        print(row, file=sys.stderr)

    def _dbt(self, folder: Path, shape: Shape, times: int) -> Measured | None:
        python = self.pythons.get("dbt")
        if python is None:
            return None
        write_dbt_project(folder, shape)
        command = [str(python.with_name("dbt")), "parse", "--no-partial-parse", "--profiles-dir", ".", "-q"]
        try:
            return measure(
                command, folder=folder, times=times, environ={"DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
            )
        except Failed as failed:
            self.notes.append(f"dbt parse of {shape.models} models: {str(failed).splitlines()[-1]}")
            return None

    def _unit_tests(self, folder: Path) -> None:
        write_unit_test_project(folder, UNIT_TESTS)
        ran = _taken([str(self.pythons["plain"]), "-m", "headgate", "test", "--output", "json"], folder, 3)
        tests = json.loads(ran.out)["unit_tests"]
        assert len(tests) == UNIT_TESTS
        assert all(test["status"] == "pass" for test in tests)
        self.results.unit_tests = (
            UNIT_TESTS,
            ran.seconds,
            sum(test["milliseconds"] for test in tests) / 1000,
        )


def _taken(command: list[str], folder: Path, times: int) -> Measured:
    return measure(command, folder=folder, times=times)


def _versions(name: str, python: Path) -> str:
    names = (
        ("dbt-core", "dbt-duckdb")
        if name == "dbt"
        else ("sqlglot", *(("sqlglotc",) if name == "fast" else ()))
    )
    return interpreters.versions(python, *names)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sizes", default="", help="only shapes of these many models; nothing is written")
    sizes = parser.parse_args(arguments).sizes
    wanted = {int(size) for size in sizes.split(",")} if sizes else set()
    shapes = tuple(shape for shape in SHAPES if not wanted or shape.models in wanted)
    with tempfile.TemporaryDirectory(prefix="headgate-bench-") as folder:
        results = Bench(shapes).run(Path(folder))
    text = page(results)
    if wanted:
        print(text)
    else:
        (interpreters.ROOT / "docs" / "performance.md").write_text(text, "utf-8")
        print("wrote docs/performance.md")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
