"""Records of the flagship example as its roles see them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from running import EXAMPLE, Ran, headgate

ALL = ("--limit", "1000", "--output", "json", "--env", "embedded")


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = Path(shutil.copytree(EXAMPLE, tmp_path_factory.mktemp("show") / "payments"))
    built = headgate("build", "--env", "embedded", project=project)
    assert built.code == 0, built.err
    return project


def show(example: Path, *words: str) -> Ran:
    return headgate("show", *words, *ALL, project=example)


def cards(example: Path, stream: str, *words: str) -> dict[str, Any]:
    """The card number of every payment of a stream."""
    return {r["payment_id"]: r["card_number"] for r in show(example, stream, *words).json["rows"]}


def test_a_card_has_the_same_token_in_every_stream_and_no_other_card_has_it(example: Path) -> None:
    clear = cards(example, "payments_clean")
    tokens = cards(example, "payments_clean", "--as", "support")
    again = cards(example, "high_value_payments", "--as", "analytics")
    assert again and all(again[payment] == tokens[payment] for payment in again)
    assert len(set(zip(clear.values(), tokens.values(), strict=True))) == len(set(clear.values()))
    assert len(set(tokens.values())) == len(set(clear.values())) < len(clear)


def test_tokens_are_the_same_after_another_build(example: Path) -> None:
    before = cards(example, "payments_clean", "--as", "support")
    assert headgate("build", "--env", "embedded", "-q", project=example).code == 0
    assert cards(example, "payments_clean", "--as", "support") == before


def test_a_purpose_opens_what_is_closed_without_it(example: Path) -> None:
    for_fraud = ("--as", "fraud-engine", "--purpose", "fraud_detection")
    assert cards(example, "payments_clean", *for_fraud) == cards(example, "payments_clean") != {}
    closed = show(example, "payments_clean", "--as", "fraud-engine")
    assert (closed.code, closed.json["rows"]) == (1, [])
    (told,) = closed.json["diagnostics"]
    assert (told["code"], told["file"]) == ("HGS050", "models/payments_clean.yml")
    line = (EXAMPLE / told["file"]).read_text().splitlines()[told["line"] - 1]
    assert "fraud-engine" in line or "allow" in line


def test_a_role_nobody_declared_sees_no_row_and_is_told_whom_one_may_mean(example: Path) -> None:
    ran = show(example, "payments_clean", "--as", "suport")
    assert (ran.code, ran.json["rows"], ran.json["ok"]) == (1, [], False)
    (told,) = ran.json["diagnostics"]
    assert told["code"] == "HGR122" and "`support`" in told["help"]
    assert "4" * 4 not in ran.out


def test_what_is_above_a_clearance_is_redacted_where_nothing_grants_it(example: Path) -> None:
    ran = show(example, "payments_clean", "--as", "analytics").json
    assert {c["name"]: c["form"] for c in ran["columns"]} == {
        "payment_id": "clear",
        "customer_id": "clear",
        "card_number": "tokenization",
        "amount_cents": "redacted",
        "currency": "clear",
        "status": "clear",
        "event_time": "clear",
    }
    assert {row["amount_cents"] for row in ran["rows"]} == {None}


def test_as_text_a_form_stands_behind_its_column(example: Path) -> None:
    ran = headgate("show", "payments_clean", "--as", "support", "--env", "embedded", project=example)
    assert "card_number [tokenization]" in ran.out.splitlines()[0]
    assert ran.out.splitlines()[-1] == "… more than 20 records; --limit shows more"


def test_changes_of_customers_can_be_followed(example: Path) -> None:
    ran = show(example, "customers_stream", "--changelog").json
    assert {row["_op"] for row in ran["rows"]} >= {"+I", "+U"}
    assert len(ran["rows"]) > len(show(example, "customers_stream").json["rows"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("payments_clean", "--purpose", "analytics"), "pass both"),
        (("payments_clean", "--from", "yesterday"), "earliest, latest or a time"),
    ],
)
def test_options_that_mean_nothing_are_refused(example: Path, words: tuple[str, ...], said: str) -> None:
    ran = show(example, *words)
    assert ran.code == 2 and said in ran.err and ran.out == ""


def test_a_name_that_is_close_is_suggested(example: Path) -> None:
    ran = show(example, "payment_clean")
    assert ran.code != 0 and "`payments_clean`" in ran.json["diagnostics"][0]["help"]
