"""One mistake in the example is one error, at its place: what reads a broken stream is not blamed for it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from running import EXAMPLE, headgate

CLEAN = "models/payments_clean.yml"


@pytest.mark.parametrize(
    ("file", "said", "meant", "expected"),
    [
        (CLEAN, 'source("payments_events")', 'source("payment_events")', f"{CLEAN}:21 HGR001"),
        (CLEAN, "SELECT payment_id, customer_id", "SELEC payment_id, customer_id", f"{CLEAN}:20 HGQ003"),
        (
            CLEAN,
            "card_number, amount_cents, currency",
            "card_number, amount_cts, currency",
            f"{CLEAN}:20 HGQ010",
        ),
        (
            "sources.yml",
            "{name: amount_cents, data_type",
            "{name: amount_cts, data_type",
            f"{CLEAN}:20 HGQ010",
        ),
    ],
    ids=["an unknown source", "no query", "an unknown column", "a renamed column"],
)
def test_one_mistake_is_one_error(tmp_path: Path, file: str, said: str, meant: str, expected: str) -> None:
    project = Path(shutil.copytree(EXAMPLE, tmp_path / "payments"))
    text = (project / file).read_text()
    assert said in text
    (project / file).write_text(text.replace(said, meant, 1))
    found = headgate("check", "--output", "json", project=project).json["diagnostics"]
    errors = [f"{d['file']}:{d['line']} {d['code']}" for d in found if d["severity"] == "error"]
    assert errors == [expected]
