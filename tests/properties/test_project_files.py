"""Whatever stands in a project's files, the answer is diagnostics with places inside those files, never a traceback."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from running import ACCEPTANCE, headgate

FILES = {p.name: p.read_bytes() for p in sorted(ACCEPTANCE.glob("*.yml"))}


def check(files: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        ran = headgate("check", "--output", "json", project=Path(folder))
        assert ran.code in (0, 1), ran.err
        assert "Traceback" not in ran.err
        for diagnostic in json.loads(ran.out)["diagnostics"]:
            assert not diagnostic["code"].startswith("HGX"), diagnostic
            text = files[diagnostic["file"]].decode("utf-8", "replace") if diagnostic["file"] in files else ""
            assert 1 <= diagnostic["line"] <= text.count("\n") + 1 + (not text), diagnostic


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=400), st.sampled_from(sorted(FILES)))
def test_arbitrary_bytes_as_a_project_file(junk: bytes, name: str) -> None:
    check({**FILES, name: junk})


@st.composite
def spoiled(draw: st.DrawFn) -> tuple[str, bytes]:
    """One of the users' files with a piece cut out, doubled, or replaced by something that does not belong there."""
    name = draw(st.sampled_from(sorted(FILES)))
    content = FILES[name]
    start = draw(st.integers(0, len(content) - 1))
    end = min(len(content), start + draw(st.integers(0, 60)))
    insert = draw(
        st.sampled_from(
            [b"", b"{{", b"}}", b"\t", b"//", b": :", b"- ", b"'", b"\xff", b"&a ", b"*a", b"<<: ", b"!!python/x ",
             b"null", b"[]", b"{}", b"1e400", b"SELECT a,,b FROM", b"{% for x in", b"\x00", b"\r\n"]
        )
    )  # fmt: skip
    return name, content[:start] + insert + content[end:]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spoiled())
def test_a_users_file_with_a_piece_spoiled(change: tuple[str, bytes]) -> None:
    name, content = change
    check({**FILES, name: content})
