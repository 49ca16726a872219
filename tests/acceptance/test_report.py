"""The report of a build of the flagship example: short, and whole."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from running import EXAMPLE, Ran, headgate

MOST_LINES = 60


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path_factory.mktemp("report") / "payments"))


@pytest.fixture(scope="module")
def built(project: Path) -> Ran:
    return headgate("build", "--env", "embedded", project=project)


@pytest.fixture(scope="module")
def lines(built: Ran) -> list[str]:
    assert built.code == 0, built.err
    return built.out.splitlines()


def stream(lines: list[str], name: str) -> tuple[str, str, str]:
    """A stream's row: rows in, rows out, what there is to say."""
    (row,) = (line for line in lines if line.startswith(f"{name} "))
    _, _, in_, out, remarks = (slice(*match.span()) for match in re.finditer("─+", lines[1]))
    return row[in_].strip(), row[out].strip(), row[remarks.start :]


def test_it_is_read_in_one_go(lines: list[str]) -> None:
    assert len(lines) <= MOST_LINES


def test_it_is_plain_where_nobody_looks_at_a_terminal(built: Ran) -> None:
    assert "\x1b" not in built.out


def test_every_stream_has_its_rows_in_and_out(lines: list[str]) -> None:
    told = {
        name: stream(lines, name)[:2]
        for name in (
            "payments_events",
            "customers_stream",
            "payments_clean",
            "customer_balance_5m",
            "fraud_events_enriched",
            "high_value_payments",
            "card_payments_fraud_events",
            "fraud_events_warehouse",
        )
    }
    assert told == {
        "payments_events": ("", "105"),
        "customers_stream": ("", "12"),
        "payments_clean": ("105", "81"),
        "customer_balance_5m": ("81", "45"),
        "fraud_events_enriched": ("93", "19"),
        "high_value_payments": ("81", "15"),
        "card_payments_fraud_events": ("19", "8"),
        "fraud_events_warehouse": ("19", "19"),
    }


def test_what_was_late_is_counted_with_an_example(lines: list[str]) -> None:
    assert stream(lines, "customer_balance_5m")[2] == "2 late"
    (late,) = (line for line in lines if line.startswith("  late in customer_balance_5m"))
    assert "payment_id=p566" in late and "event_time=2026-01-05 09:07:30.643" in late
    assert "card_number=tok_" in late, "support reads the report, and sees tokens"


def test_an_answer_that_late_rows_make_approximate_says_so(lines: list[str]) -> None:
    assert stream(lines, "fraud_events_enriched")[2] == "approximate: 3 late rows in temporal join"


def test_what_was_malformed_is_counted_and_shown_to_those_who_may_see_all_of_it(
    lines: list[str], tmp_path: Path
) -> None:
    place = "  malformed in payments_events: samples/payments_events.jsonl:31: the line is not JSON"
    assert stream(lines, "payments_events")[2] == "2 malformed"
    assert place not in lines, "support reads the report, and may not see card numbers"
    copy = Path(shutil.copytree(EXAMPLE, tmp_path / "payments"))
    (copy / "environments" / "embedded.yml").write_text("default: true\nengine: embedded\n")
    assert place in headgate("build", project=copy).out.splitlines()


def test_no_card_number_is_in_the_report_that_support_reads(lines: list[str], project: Path) -> None:
    samples = (project / "samples" / "payments_events.jsonl").read_text()
    numbers = re.findall(r'"card_number": "(\d+)"', samples)
    assert len(numbers) > 50
    assert not [number for number in numbers if any(number in line for line in lines)]


def test_tests_show_up_to_three_of_the_records_that_fail(lines: list[str]) -> None:
    at = next(i for i, line in enumerate(lines) if line.startswith("tests: "))
    body = [line for line in lines[at + 1 :] if line.startswith("  ")]
    verdicts = [line for line in body if not line.startswith("      ")]
    assert len(verdicts) == 7 and all(v.startswith("  ✓ payments_clean ") for v in verdicts)
    orphan = next(
        i
        for i, line in enumerate(body)
        if "foreign_key(customer_id): 1 of 81 failed, within its threshold" in line
    )
    assert body[orphan + 1].startswith("      payment_id=p701  customer_id=c99")
    runs = re.findall(r"(?:^      .*\n?)+", "\n".join(body), flags=re.MULTILINE)
    assert runs and all(1 <= len(run.splitlines()) <= 3 for run in runs)


def test_unit_tests_are_counted(lines: list[str]) -> None:
    assert "unit tests: 4 of 4 passed" in lines


def test_a_table_says_in_which_form_every_role_sees_which_column(
    built: Ran, lines: list[str], project: Path
) -> None:
    at = next(i for i, line in enumerate(lines) if line.startswith("who sees payments_clean"))
    end = next((i for i, line in enumerate(lines[at:], at) if not line), len(lines))
    header, _, *body = [re.split(r"\s{2,}", line) for line in lines[at:end]]
    told = {role: cells for who, *cells in body if " for " not in who for role in who.split(", ")}
    answer = headgate(
        "access", "--what", "payments_clean", "--env", "embedded", "--output", "json", project=project
    )
    said: dict[str, dict[str, str]] = {}
    for grant in answer.json["grants"]:
        if grant["purpose"] is None:
            said.setdefault(grant["role"], {})[grant["column"]] = grant["form"]
    assert set(told) == set(said) and "card_number" in header
    for role, forms in said.items():
        if set(forms.values()) == {"denied"}:
            assert told[role] == ["denied"], role
        else:
            assert dict(zip(header[1:], told[role], strict=True)) == {c: forms[c] for c in header[1:]}, role
            assert {form for column, form in forms.items() if column not in header} == {"clear"}


def test_the_closing_line_says_how_it_went(lines: list[str]) -> None:
    assert lines[-1] == "Built 8 streams."


def test_made_up_rows_are_called_so(tmp_path: Path) -> None:
    project = Path(shutil.copytree(EXAMPLE, tmp_path / "payments"))
    (project / "samples" / "customers_stream.jsonl").unlink()
    text = (project / "models" / "customers.yml").read_text()
    (project / "models" / "customers.yml").write_text(
        text.replace("    sample: {rows_file: samples/customers_stream.jsonl}\n", "")
    )
    built = headgate("build", "--env", "embedded", project=project)
    assert stream(built.out.splitlines(), "customers_stream")[2] == "generated"
