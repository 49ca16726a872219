"""`access`: the form of each column for each reader, where, by which rule, given or not, how it got there."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from permitted import CARDS, PEOPLE, model, models
from running import ACCEPTANCE, EXAMPLE, headgate

Row = dict[str, Any]


def answer(project: Path, *words: str) -> dict[str, Any]:
    return headgate("access", *words, "--output", "json", "--no-cache", project=project).json


def grants(project: Path, *words: str) -> list[Row]:
    rows: list[Row] = answer(project, *words)["grants"]
    return rows


@pytest.fixture
def payments(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ACCEPTANCE, tmp_path / "payments"))


@pytest.fixture
def example(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "example"))


def project(folder: Path, **files: str) -> Path:
    """A project written to disk; `__` in a name is `/`."""
    for name, text in {"headgate": "name: example\n", "sources": CARDS, "people": PEOPLE, **files}.items():
        path = folder / f"{name.replace('__', '/')}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_a_column_is_shown_for_every_role_with_the_rule_at_its_line(payments: Path) -> None:
    rows = grants(payments, "--what", "payments_clean.card_number")
    shown = {(r["role"], r["purpose"]): (r["form"], r["rule"]["line"]) for r in rows}
    assert shown == {
        ("support", None): ("tokenization", 41),
        ("analytics", None): ("tokenization", 41),
        ("fraud-engine", None): ("denied", 49),
        ("fraud-engine", "fraud_detection"): ("clear", 49),
        ("fraud-ml", None): ("denied", 49),
        ("fraud-ml", "fraud_detection"): ("clear", 49),
        ("payments-core", None): ("denied", 49),
        ("payments-core", "fraud_detection"): ("clear", 49),
    }
    assert {r["rule"]["file"] for r in rows} == {"models.yml"}


def test_being_allowed_is_not_being_given(payments: Path) -> None:
    rows = grants(payments, "--what", "payments_clean.payment_id")
    given = {(r["role"], r["purpose"]): r["enforced"] for r in rows if r["given"]}
    assert given == {("fraud-engine", "fraud_detection"): "by principal"}


def test_a_principal_is_its_role(payments: Path) -> None:
    by_principal = grants(payments, "--who", "User:fraud-scoring")
    assert by_principal == grants(payments, "--who", "fraud-engine")
    assert {r["role"] for r in by_principal} == {"fraud-engine"}
    assert {r["node"] for r in by_principal} >= {"model.payments_clean", "source.payments_events"}


def test_a_purpose_that_is_asked_for_is_the_only_one(payments: Path) -> None:
    rows = grants(payments, "--what", "payments_clean.amount_cents", "--purpose", "marketing")
    assert {(r["role"], r["purpose"], r["form"]) for r in rows} == {
        ("support", "marketing", "redacted"),
        ("analytics", "marketing", "redacted"),
        ("fraud-engine", "marketing", "denied"),
        ("fraud-ml", "marketing", "denied"),
        ("payments-core", "marketing", "denied"),
    }


def test_the_way_of_a_value_is_shown_from_the_column_upwards(payments: Path) -> None:
    words = ("--what", "customer_balance_5m.total_amount_cents", "--who", "support", "--path")
    path = answer(payments, *words)["path"]
    assert [(p["node"], p["column"], p["classification"], p["form"], p["how"]) for p in path] == [
        ("model.customer_balance_5m", "total_amount_cents", "confidential", "redacted", ""),
        ("model.payments_clean", "amount_cents", "confidential", "redacted", "aggregate"),
        ("source.payments_events", "amount_cents", "internal", "clear", "identity"),
    ]
    assert path[1]["to"] == "model.customer_balance_5m.total_amount_cents"


def test_the_embedded_engine_is_one_plane_and_a_real_system_has_two(example: Path) -> None:
    words = ("--what", "payments_clean.card_number", "--who", "support")
    assert {r["plane"] for r in grants(example, "--env", "embedded", *words)} == {"embedded"}
    assert {r["plane"] for r in grants(example, "--env", "prod", *words)} == {"proxy"}
    clear = ("--what", "payments_events.payment_id", "--who", "fraud-engine")
    assert {r["plane"] for r in grants(example, "--env", "prod", *clear)} == {"broker"}
    denied = ("--what", "payments_clean.card_number", "--who", "fraud-engine", "--purpose", "other")
    (row,) = grants(example, "--env", "prod", *denied)
    assert (row["form"], row["plane"], row["given"]) == ("denied", "nowhere", False)


@pytest.mark.parametrize(
    ("words", "help_"),
    [
        (("--who", "suport"), "did you mean `support`?"),
        (
            ("--what", "payments_claen"),
            "did you mean `payments_clean`, `payments_events`, `card_payments_raw`?",
        ),
        (("--what", "payments_clean.card_nubmer"), "did you mean `card_number`?"),
    ],
)
def test_a_name_that_means_nothing_is_an_error_with_a_suggestion(
    payments: Path, words: tuple[str, ...], help_: str
) -> None:
    ran = headgate("access", *words, "--output", "json", "--no-cache", project=payments)
    assert ran.code == 1
    assert ran.json["grants"] == []
    assert [d["help"] for d in ran.json["diagnostics"]] == [help_]


def test_a_project_with_errors_says_so(payments: Path) -> None:
    models_ = payments / "models.yml"
    models_.write_text(models_.read_text().replace("SUM(amount_cents)", "SUM(amount)"))
    ran = headgate("access", "--output", "json", "--no-cache", project=payments)
    assert ran.code == 1
    assert "HGQ010" in {d["code"] for d in ran.json["diagnostics"]}


def audit(folder: Path, *words: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in answer(folder, "--audit", *words)["audit"]:
        found.setdefault(row["kind"], []).append(f"{row['text']} ({row['file']}:{row['line']})")
    return found


def test_the_audit_of_the_acceptance_project(payments: Path) -> None:
    found = audit(payments)
    assert found["only a mask admits"] == [
        "support, analytics: admitted to model.payments_clean only because a mask names it (models.yml:41)"
    ]
    assert found["open in its source"] == [
        (
            "model.payments_clean.amount_cents is confidential, and source.payments_events.amount_cents is internal"
            " (models.yml:37)"
        )
    ]
    assert found["clear at rest"] == [
        "model.payments_clean.card_number is encrypted when it is read; clear at rest (models.yml:46)"
    ]
    assert [text.split(":")[0] for text in found["trusted"]] == [
        "model.customer_balance_5m",
        "model.fraud_events_enriched",
        "model.card_payments_fraud_events",
    ]
    assert found["nothing enforces"] == [
        (
            "exposure.fraud_events_consumer reads model.card_payments_fraud_events as fraud-engine, and no principal is"
            " known for it (exposures.yml:31)"
        ),
        (
            "exposure.fraud_events_consumer reads model.card_payments_fraud_events as fraud-ml, and no principal is"
            " known for it (exposures.yml:31)"
        ),
    ]
    assert (
        "model.fraud_events_enriched.amount_cents, redacted for analytics, support, decides which rows of"
        " model.card_payments_fraud_events there are (filter) (models.yml:94)"
    ) in found["may be inferred"]


def test_the_audit_tells_what_is_declassified_and_which_bypasses_are_accepted(tmp_path: Path) -> None:
    said = """
    declassify:
      - {column: total, to: internal, reason: "totals", approved_by: team-risk, until: 2027-01-31}
      - {readers: all, reason: "published"}
    bypass:
      - {principal: "User:old", reason: "moves in May", until: 2027-05-31}
    """
    folder = project(
        tmp_path,
        models=models(
            model("t", "SELECT id, SUM(cents) AS total FROM {{ source('cards') }} GROUP BY id", said)
        ),
    )
    found = audit(folder)
    assert [text.rpartition(" (")[0] for text in found["declassified"]] == [
        "model.t.total to internal: totals, approved by team-risk, until 2027-01-31",
        "model.t to all readers: published, approved by nobody, for ever",
    ]
    assert [text.rpartition(" (")[0] for text in found["accepted bypass"]] == [
        "User:old reaches model.t past what masks it: moves in May, until 2027-05-31"
    ]


def test_the_audit_keeps_to_what_was_asked_about(payments: Path) -> None:
    assert set(audit(payments, "--what", "card_payments_raw")) == set()
    assert "only a mask admits" not in audit(payments, "--who", "fraud-engine")


def test_a_use_that_no_plane_serves_is_audited(example: Path) -> None:
    prod = example / "environments" / "prod.yml"
    lines = [line for line in prod.read_text().splitlines() if not line.strip().startswith("proxy:")]
    prod.write_text("\n".join(lines) + "\n")
    served = audit(example, "--env", "prod").get("served nowhere", [])
    assert any(
        text.startswith("exposure.support_desk cannot read model.payments_clean as support")
        for text in served
    )


def test_the_table_is_for_people_to_read(payments: Path) -> None:
    ran = headgate(
        "access", "--what", "payments_clean.card_number", "--who", "support", "--path", project=payments
    )
    assert ran.code == 0
    assert "support  model.payments_clean.card_number  tokenization  embedded" in ran.out
    assert "models.yml:41 a mask names support" in ran.out
    assert "identity to model.payments_clean.card_number" in ran.out


def test_a_past_moment_is_refused_by_name(payments: Path) -> None:
    ran = headgate("access", "--at", "2026-01-01", project=payments)
    assert (ran.code, "`--at` is not built yet" in ran.err) == (2, True)
