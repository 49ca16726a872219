"""Whatever the files hold, loading ends in findings: placed, on one line, each with a help; never in a traceback."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.diagnostics import Diagnostic
from headgate.project.files import WORTH_WORKERS, FilesInMemory, parse_file
from headgate.project.load import load_project
from loading import ORDERS, load

ROOT = Path(__file__).resolve().parents[2] / "acceptance" / "payments"
PAYMENTS = {p.name: p.read_bytes() for p in ROOT.iterdir() if p.is_file()}

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.floats(allow_nan=True),
    st.sampled_from(
        ["orders", "m", 'ref("m")', "{{ x }}", "{{ ref('m') }}", "1 day", "all", "topic", "\n", "a.b", ""]
    ),
    st.text(max_size=5),
)
KEYS = st.sampled_from(
    ["name", "model", "models", "sources", "from", "sql", "columns", "data_type", "constraints", "tests", "config", "contract", "versions", "v", "serve_from", "key", "security", "policies", "mask", "allow", "roles", "role", "exposures", "consumes", "produces", "depends_on", "type", "sla", "quota", "assertions", "on_failure", "actions", "unit_tests", "given", "input", "rows", "expect", "data_products", "outputs", "rules", "use", "folders", "defaults", "packages", "path", "classification", "levels", "vars", "kafka", "retention", "flink", "sink", "topic", "event_time", "freshness", "sample", "clusters", "engine"]
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=25,
)
LISTS = st.fixed_dictionaries(
    {},
    optional={
        name: st.lists(st.dictionaries(KEYS, VALUES, max_size=6), max_size=3)
        for name in (
            "models",
            "sources",
            "groups",
            "roles",
            "exposures",
            "tests",
            "unit_tests",
            "data_products",
            "rules",
        )
    },
)


def assert_sayable(found: list[Diagnostic], files: dict[str, bytes]) -> None:
    for one in found:
        text = files.get(one.span.file, b"").decode("utf-8", "replace")
        assert 0 <= one.span.start <= one.span.end <= max(len(text), 1), one
        assert one.message.isprintable() and not one.message.endswith("."), one
        assert one.help, one


def flow(value: Any) -> str:
    """A value as YAML in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(k)}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(v) for v in value) + "]"
    if isinstance(value, str):
        return (
            '"'
            + "".join(
                c if (c.isalnum() and c.isascii()) or c in " .(){}'_" else f"\\U{ord(c):08x}" for c in value
            )
            + '"'
        )
    if value is None:
        return "null"
    if isinstance(value, float):
        return {"inf": ".inf", "-inf": "-.inf", "nan": ".nan"}.get(str(value), repr(value))
    return str(value).lower()


@given(st.binary(max_size=200))
def test_any_bytes_end_in_findings(data: bytes) -> None:
    files = {"headgate.yml": b"name: shop\n", "a.yml": data, "m.sql": data, "macros/x.sql": data}
    _, found = load_project(FilesInMemory(files))
    assert_sayable(found, files)
    document, diagnostics = parse_file("a.yml", data)
    assert document is not None or diagnostics


@settings(max_examples=150)
@given(LISTS, VALUES)
def test_any_values_end_in_findings(lists: dict[str, Any], environment: Any) -> None:
    files = {
        "headgate.yml": b"name: shop\n" + ORDERS.encode(),
        "a.yml": flow(lists).encode(),
        "environments/dev.yml": flow(environment).encode(),
    }
    for env in ("dev", "embedded"):
        _, found = load_project(FilesInMemory(files), env=env)
        assert_sayable(found, files)


@settings(max_examples=60)
@given(st.sampled_from(sorted(PAYMENTS)), st.data())
def test_any_cut_of_a_real_project_ends_in_findings(name: str, data: st.DataObject) -> None:
    text = PAYMENTS[name]
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 80)))
    put = data.draw(st.sampled_from([b"", b"{{", b"'", b"- ", b": ", b"\n", b"}", b"\t", b"&a *a"]))
    files = {**PAYMENTS, name: text[:start] + put + text[end:]}
    _, found = load_project(FilesInMemory(files))
    assert_sayable(found, files)


class Shuffled:
    """Files in another order."""

    def __init__(self, files: dict[str, bytes], seed: int) -> None:
        self.files = files
        self.seed = seed

    def names(self) -> list[str]:
        names = sorted(self.files)
        random.Random(self.seed).shuffle(names)
        return names

    def read(self, name: str) -> bytes:
        return self.files[name]


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_files_does_not_matter(seed: int) -> None:
    project, found = load_project(FilesInMemory(PAYMENTS))
    again, found_again = load_project(Shuffled(PAYMENTS, seed))
    assert project is not None and again is not None
    assert project == again and found == found_again
    assert [list(getattr(project, n)) for n in ("streams", "texts", "exposures")] == [
        list(getattr(again, n)) for n in ("streams", "texts", "exposures")
    ]


def test_any_number_of_workers_loads_the_same() -> None:
    files = {
        f"m/{n}.yml": f"models:\n  - {{name: m{n}, sql: 'SELECT id FROM {{{{ source(\"orders\") }}}}'}}\n"
        for n in range(WORTH_WORKERS)
    }
    files |= {"a.yml": ORDERS, "b.yml": "models: [{nam: x}]", "c.yml": "a: [", "d.yml": "a: 1\na: 2\n"}
    one, found = load(files)
    two, found_two = load(files, workers=3)
    assert one == two and found == found_two
    assert len(one.streams) == WORTH_WORKERS + 1
