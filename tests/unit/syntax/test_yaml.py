"""YAML by its 1.2 meaning; every fault one finding at its place."""

from __future__ import annotations

import time

import pytest

from headgate.diagnostics import line_and_column
from headgate.syntax.yaml import read_document


def codes_and_lines(data: bytes) -> list[tuple[str, int]]:
    text = data.decode("utf-8", "replace")
    _, found = read_document("a.yml", data)
    return [(d.code.id, line_and_column(text, d.span.start)[0]) for d in found]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("no", "no"), ("on", "on"), ("yes", "yes"), ("off", "off"), ("012", 12), ("0o14", 12), ("0x1F", 31),
        ("1e3", 1000.0), ("-7", -7), ("1_000", "1_000"), ("2027-01-31", "2027-01-31"), ("12:30:00", "12:30:00"),
        ("true", True), ("FALSE", False), ("null", None), ("~", None), ("", None), ("'12'", "12"), ('"true"', "true"),
        ("=", "="), (".5", 0.5), ("1.", 1.0), ("+1", 1), ("0.1.2", "0.1.2"),
    ],
)  # fmt: skip
def test_plain_values_have_the_meaning_of_yaml_1_2(written: str, meant: object) -> None:
    document, found = read_document("a.yml", f"a: {written}\n".encode())
    assert not found
    assert document is not None and document.value == {"a": meant}
    assert type(document.value["a"]) is type(meant)


def test_anchors_aliases_and_merges_work() -> None:
    document, found = read_document("a.yml", b"x: &x {b: 1, c: 2}\ny: {<<: *x, c: 3}\nz: [*x]\n")
    assert not found and document is not None
    assert document.value["y"] == {"b": 1, "c": 3}
    assert document.value["z"] == [{"b": 1, "c": 2}]


def test_a_merged_value_is_placed_where_it_is_written() -> None:
    text = "x: &x {b: 1}\ny:\n  <<: *x\n"
    document, _ = read_document("a.yml", text.encode())
    assert document is not None
    span = document.place("y", "b").span()
    assert text[span.start : span.end] == "1" and line_and_column(text, span.start)[0] == 1


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\xff\xfea: 1", [("HGP001", 1)]),
        (b"a: 1\nb: \xe9\n", [("HGP001", 2)]),
        (b"a: [1, 2\nb: 3\n", [("HGP002", 2)]),
        (b"a: b: c\n", [("HGP002", 1)]),
        (b"a: *nobody\n", [("HGP002", 1)]),
        (b"a: &a [*a]\n", [("HGP002", 1)]),
        (b"a: 'open\nb: 1\n", [("HGP002", 2)]),
        (b"a: 1\nb: 2\na: 3\n", [("HGP003", 3)]),
        (b"a: {b: 1, b: 2}\nc: {d: 1, d: 2}\n", [("HGP003", 1), ("HGP003", 2)]),
        (b"a: !!str 1\n", [("HGP004", 1)]),
        (b"a: !include x.yml\n", [("HGP004", 1)]),
        (b"a:\n\tb: 1\n", [("HGP006", 2)]),
        (b"a: 1\nb: \x00\n", [("HGP007", 2)]),
        (b"// a comment\na: 1\n", [("HGP008", 1)]),
        (b"a: 1\n// a comment\nb: 2\n", [("HGP008", 2)]),
        (b"a: 1 // a comment\nb: 2\n", [("HGP008", 1)]),
        (b"a: {{ var('x') }}\n", [("HGP009", 1)]),
        (b"a:\n  - {{ var('x') }}/y\n", [("HGP009", 2)]),
        (b"? [a, b]\n: c\n", [("HGP011", 1)]),
        (b"---\na: 1\n---\nb: 1\n", [("HGP012", 3)]),
    ],
)  # fmt: skip
def test_each_fault_is_one_finding_at_its_line(data: bytes, expected: list[tuple[str, int]]) -> None:
    assert codes_and_lines(data) == expected


def test_a_duplicate_key_shows_both_places_and_hides_nothing() -> None:
    document, found = read_document("a.yml", b"a: 1\na: 2\nb: 3\n")
    assert document is not None and document.value == {"a": 1, "b": 3}
    assert found[0].notes[0].span is not None and found[0].notes[0].span.start == 0


def test_slashes_inside_of_texts_are_no_comment() -> None:
    data = b'a: https://x//y\nb: "x // y"\ndescription: either // or\nsql: SELECT 10 // 2\n'
    assert codes_and_lines(data) == []


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    document, found = read_document("a.yml", b"\xef\xbb\xbfa: 1\n")
    assert not found and document is not None and document.value == {"a": 1}


@pytest.mark.parametrize("data", [b"", b"# nothing\n", b"---\n"])
def test_an_empty_file_is_a_document_without_value(data: bytes) -> None:
    document, found = read_document("a.yml", data)
    assert not found and document is not None and document.value is None


@pytest.mark.parametrize("opening", [b"[", b"- ", b"{a: ", b"? ", b"- - ", b"[ #]\n"])
def test_a_million_levels_are_refused_at_once(opening: bytes) -> None:
    begun = time.process_time()
    found = codes_and_lines(opening * 1_000_000)
    assert [code for code, _ in found] == ["HGP010"]
    assert time.process_time() - begun < 5


def test_a_hundred_levels_by_indentation_are_refused_too() -> None:
    text = "".join(f"{' ' * depth}a:\n" for depth in range(200))
    assert [code for code, _ in codes_and_lines(text.encode())] == ["HGP010"]


def test_aliases_that_grow_without_end_are_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [" + ", ".join([f"*a{n - 1}"] * 10) + "]" for n in range(1, 9)]
    assert [code for code, _ in codes_and_lines("\n".join(lines).encode())] == ["HGP005"]


def test_ten_thousand_aliases_are_fine() -> None:
    data = b"x: &x 1\ny: [" + b", ".join([b"*x"] * 9_000) + b"]\n"
    assert codes_and_lines(data) == []


def test_ten_megabytes_of_junk_end_in_one_finding() -> None:
    found = codes_and_lines(b"%!{[" * 2_500_000)
    assert len(found) == 1
