"""The payments project as its users wrote it: it must work as it stands."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from running import ACCEPTANCE, REPOSITORY, headgate


@pytest.fixture
def payments(tmp_path: Path) -> Path:
    """A copy of the acceptance project that may be built in."""
    return Path(shutil.copytree(ACCEPTANCE, tmp_path / "payments"))


def findings(project: Path, severity: str) -> list[dict[str, Any]]:
    answer = headgate("check", "--output", "json", project=project).json
    return [d for d in answer["diagnostics"] if d["severity"] == severity]


def test_the_copy_is_what_the_users_wrote() -> None:
    original = REPOSITORY.parent / "shared" / "acceptance" / "payments"
    if not original.is_dir():
        pytest.skip("the users' own copy is not beside this checkout; the committed one is what counts")
    for path in original.iterdir():
        assert (ACCEPTANCE / path.name).read_bytes() == path.read_bytes(), path.name


def test_check_finds_no_error(payments: Path) -> None:
    assert findings(payments, "error") == []
    assert headgate("check", project=payments).code == 0


def test_check_gives_exactly_the_three_warnings_of_its_readme(payments: Path) -> None:
    found = findings(payments, "warning")
    assert [(d["file"], d["line"], d["node"]) for d in found] == [
        ("exposures.yml", 25, "exposure.fraud_scoring_service"),
        ("exposures.yml", 40, "exposure.fraud_events_consumer"),
        ("models.yml", 59, "model.customer_balance_5m"),
    ]
    balance = next(d for d in found if d["node"] == "model.customer_balance_5m")
    assert "payments_clean" in balance["message"]
    scoring = next(d for d in found if d["node"] == "exposure.fraud_scoring_service")
    assert "800" in scoring["message"]
    path = " ".join(n["message"] for n in scoring["notes"])
    assert "customer_balance_5m" in path and "5 minutes" in path
    consumer = next(d for d in found if d["node"] == "exposure.fraud_events_consumer")
    assert "5 seconds" in " ".join(n["message"] for n in consumer["notes"])


def test_warnings_are_errors_only_when_strict(payments: Path) -> None:
    assert headgate("check", "--strict", project=payments).code == 1


def test_the_information_that_the_readme_promises_is_there(payments: Path) -> None:
    told = [(d["node"], d["message"], d.get("help") or "") for d in findings(payments, "info")]
    text = "\n".join(" ".join(str(part) for part in one) for one in told)
    assert "total_amount_cents" in text and "confidential" in text
    assert "append" in text and "view" in text and "key_columns" in text
    assert "card_number" in text or "amount_cents" in text
    codes = [d["code"] for d in findings(payments, "info")]
    assert codes.count("HGC901") >= 1


def test_what_no_runtime_here_enforces_is_said_once_a_kind(payments: Path) -> None:
    told = [d["message"] for d in findings(payments, "info") if d["code"] == "HGC901"]
    assert len(told) == len(set(told))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The acceptance project, built with generated rows."""
    project = Path(shutil.copytree(ACCEPTANCE, tmp_path_factory.mktemp("built") / "payments"))
    ran = headgate("build", "--output", "json", project=project)
    assert ran.code in (0, 1), ran.err
    return project


def rows(project: Path, *arguments: str) -> dict[str, Any]:
    return headgate("show", *arguments, "--output", "json", project=project).json


def test_support_sees_tokens(built: Path) -> None:
    owner = rows(built, "payments_clean", "--limit", "1000")
    support = rows(built, "payments_clean", "--as", "support", "--limit", "1000")
    assert support["rows"], support
    clear = {r["card_number"] for r in owner["rows"]}
    tokens = {r["card_number"] for r in support["rows"]}
    assert not clear & tokens
    assert {c["name"]: c["form"] for c in support["columns"]}["card_number"] == "tokenization"


def test_fraud_engine_sees_clear_numbers_for_its_purpose(built: Path) -> None:
    owner = rows(built, "payments_clean", "--limit", "1000")
    fraud = rows(
        built, "payments_clean", "--as", "fraud-engine", "--purpose", "fraud_detection", "--limit", "1000"
    )
    assert fraud["rows"] == owner["rows"] != []


def test_fraud_engine_without_its_purpose_is_denied(built: Path) -> None:
    ran = headgate("show", "payments_clean", "--as", "fraud-engine", "--output", "json", project=built)
    assert ran.code == 1
    assert ran.json["rows"] == []


def test_a_role_nobody_declared_is_an_error_and_sees_no_row(built: Path) -> None:
    ran = headgate("show", "payments_clean", "--as", "stranger", "--output", "json", project=built)
    assert ran.code == 1
    assert ran.json["rows"] == []
    assert ran.json["ok"] is False


def write_samples(folder: Path, **streams: list[dict[str, Any]]) -> Path:
    folder.mkdir()
    for name, sample in streams.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in sample))
    return folder


def payment(number: int, customer: str, cents: int, at: str, status: str = "AUTHORIZED") -> dict[str, Any]:
    return {
        "payment_id": f"p{number}",
        "customer_id": customer,
        "card_number": f"400000000000{number:04d}",
        "amount_cents": cents,
        "currency": "EUR",
        "status": status,
        "event_time": f"2026-01-01 {at}",
    }


def test_the_five_minute_balance_is_what_flink_gives_and_the_late_payment_is_reported(
    payments: Path, tmp_path: Path
) -> None:
    # The watermark is 5 s behind the greatest event time: p4 moves it to 00:05:01, which closes the first window;
    # p5 belongs to that window and is late. p3 is out of order but in time. p6 is filtered, p7 is in the second window.
    samples = write_samples(
        tmp_path / "samples",
        payments_events=[
            payment(1, "c1", 100, "00:00:01"),
            payment(2, "c2", 50, "00:04:59"),
            payment(3, "c1", 25, "00:03:00"),
            payment(4, "c1", 1000, "00:05:06"),
            payment(5, "c1", 7, "00:04:00"),
            payment(6, "c1", 1, "00:06:00", status="DECLINED"),
            payment(7, "c1", 2000, "00:05:00", status="CAPTURED"),
        ],
    )
    built = headgate("build", "--samples", str(samples), "--output", "json", project=payments).json
    shown = rows(payments, "customer_balance_5m")
    got = sorted(
        (r["customer_id"], r["window_start"].replace("T", " ")[:19], r["total_amount_cents"])
        for r in shown["rows"]
    )
    assert got == [
        ("c1", "2026-01-01 00:00:00", 125),
        ("c1", "2026-01-01 00:05:00", 3000),
        ("c2", "2026-01-01 00:00:00", 50),
    ]
    balance = next(m for m in built["models"] if m["address"] == "model.customer_balance_5m")
    assert balance["late"] and sum(late["count"] for late in balance["late"]) == 1
    assert "p5" in json.dumps(balance["late"]) or "00:04:00" in json.dumps(balance["late"])
