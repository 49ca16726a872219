"""Who looks at a live environment is a reader like any other: its own, whatever role is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from headgate.addresses import Address, Kind
from headgate.diagnostics import Diagnostic
from headgate.workflows.readers import Sight, rejected_sight, sight
from headgate.workflows.request import Request
from headgate.workflows.session import Session, open_session
from running import EXAMPLE

CLEAN = Address(Kind.MODEL, "payments_clean")
PAYMENTS = Address(Kind.SOURCE, "payments_events")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "payments"))


def session(project: Path, env: str = "prod") -> Session:
    return open_session(Request(root=project, env=env, cache=False))


def form_of_cards(found: Sight | Diagnostic) -> str:
    assert isinstance(found, Sight)
    return {form.column: form.form for form in found.forms}.get("card_number", "clear")


def test_without_a_role_it_is_the_environments_reader_who_looks(project: Path) -> None:
    assert form_of_cards(sight(session(project), CLEAN, None, None)) == "tokenization"


def test_a_role_is_shown_no_more_than_the_reader_sees(project: Path) -> None:
    found = sight(session(project), CLEAN, "fraud-engine", "fraud_detection")
    assert form_of_cards(found) == "tokenization"


def test_a_role_that_sees_less_than_the_reader_is_shown_less(project: Path) -> None:
    prod = project / "environments" / "prod.yml"
    said = "reader: {role: fraud-engine, purpose: fraud_detection}"
    prod.write_text(prod.read_text().replace("reader: {role: support, purpose: customer_service}", said))
    assert form_of_cards(sight(session(project), CLEAN, None, None)) == "clear"
    assert form_of_cards(sight(session(project), CLEAN, "support", "customer_service")) == "tokenization"
    assert isinstance(sight(session(project), CLEAN, "fraud-engine", None), Diagnostic)


def test_where_no_reader_is_named_nobody_looks(project: Path) -> None:
    prod = project / "environments" / "prod.yml"
    prod.write_text(prod.read_text().replace("reader: {role: support, purpose: customer_service}\n", ""))
    refused = sight(session(project), CLEAN, None, None)
    assert isinstance(refused, Diagnostic) and "nobody" in refused.message
    assert isinstance(sight(session(project), CLEAN, "fraud-engine", "fraud_detection"), Diagnostic)
    assert isinstance(rejected_sight(session(project), PAYMENTS, None, None), Diagnostic)


def test_elsewhere_rows_are_samples(project: Path) -> None:
    for env in ("embedded", "local"):
        assert form_of_cards(sight(session(project, env), CLEAN, None, None)) == "clear"
        assert form_of_cards(sight(session(project, env), CLEAN, "support", None)) == "tokenization"
