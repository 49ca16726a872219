"""The payments project as its users wrote it, as declarations."""

from __future__ import annotations

from pathlib import Path

import pytest

from headgate.addresses import Address, Kind
from headgate.diagnostics import Severity, line_and_column
from headgate.project.declarations import Access, Materialization, Project
from headgate.project.files import FilesInMemory
from headgate.project.load import load_project

ROOT = Path(__file__).resolve().parents[2] / "acceptance" / "payments"


def files() -> dict[str, str | bytes]:
    return {p.relative_to(ROOT).as_posix(): p.read_bytes() for p in ROOT.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def project() -> Project:
    loaded, _ = load_project(FilesInMemory(files()))
    assert loaded is not None
    return loaded


def model(name: str) -> Address:
    return Address(Kind.MODEL, name)


def test_the_only_finding_is_the_model_called_a_source() -> None:
    loaded, found = load_project(FilesInMemory(files()))
    assert loaded is not None
    assert [(d.code.id, d.severity, d.node) for d in found] == [
        ("HGR002", Severity.WARNING, "model.customer_balance_5m")
    ]
    text = loaded.texts["models.yml"]
    assert line_and_column(text, found[0].span.start) == (59, 15)


def test_a_source_and_its_contract_are_one(project: Project) -> None:
    events = project.streams[Address(Kind.SOURCE, "payments_events")]
    assert model("payments_events") not in project.streams
    assert events.contract and events.topic == "payments.events.v1" and events.owner == "team-payments"
    assert [str(c.type) for c in events.columns][:2] == ["STRING NOT NULL", "STRING NOT NULL"]
    assert events.columns[2].classification == "highly_sensitive"
    assert events.columns[0].place.file == "models.yml" and events.place.file == "sources.yml"
    assert events.event_time is not None and events.event_time.delay_ms == 5000


def test_every_stream_is_what_it_says(project: Project) -> None:
    assert {str(a): s.materialized for a, s in project.streams.items()} == {
        "source.payments_events": Materialization.SOURCE,
        "source.card_payments_raw": Materialization.SOURCE,
        "model.payments_clean": Materialization.VIRTUAL_TOPIC,
        "model.customer_balance_5m": Materialization.FLINK_STREAM,
        "model.customers_stream": Materialization.TOPIC,
        "model.fraud_events_enriched": Materialization.FLINK_STREAM,
        "model.card_payments_fraud_events": Materialization.FLINK_STREAM,
        "model.fraud_events_warehouse": Materialization.SINK,
    }
    assert {s.cluster for s in project.streams.values()} == {"prod-eu"}


def test_queries_name_relations_and_lead_back(project: Project) -> None:
    enriched = project.streams[model("fraud_events_enriched")]
    assert enriched.sql is not None
    text = enriched.sql.rendered.text
    assert "FROM payments_clean AS p\nJOIN customers_stream FOR SYSTEM_TIME" in text
    assert [r.name for r in enriched.sql.references] == ["payments_clean", "customers_stream"]
    source = project.texts["models.yml"]
    for word in ("c.country", "p.customer_id = c.customer_id", "c.risk_score >= 0.7"):
        at = text.index(word)
        span = enriched.sql.rendered.span(at, at + len(word))
        assert source[span.start : span.end] == word
    reference = enriched.sql.references[0]
    assert source[reference.start : reference.end] == '{{ ref("payments_clean") }}'


def test_policies_stand_in_the_order_written(project: Project) -> None:
    clean = project.streams[model("payments_clean")]
    security = clean.security
    assert clean.access is Access.PRIVATE and clean.group == "finance"
    assert [(c.column, c.level) for c in security.classification] == [
        ("amount_cents", "confidential"),
        ("card_number", "highly_sensitive"),
    ]
    mask = security.masks[0]
    assert mask.method == "tokenization" and mask.applied_in is not None
    assert mask.applied_in[0].roles == ("support", "analytics")
    assert security.encrypts[0].key == "kms://prod/payments"
    assert security.allows[0].purpose == "fraud_detection"


def test_what_virtual_topics_and_sinks_take_from_their_input(project: Project) -> None:
    assert project.streams[model("payments_clean")].format == "avro"
    warehouse = project.streams[model("fraud_events_warehouse")]
    assert warehouse.format == "json" and warehouse.topic == "fraud.events.enriched"
    assert warehouse.sink is not None and warehouse.sink.config["key_columns"] == ["payment_id"]
    assert project.streams[model("customers_stream")].key_format == "raw"


def test_exposures_read_and_write(project: Project) -> None:
    api, scoring, consumer = project.exposures.values()
    assert api.role == "producer" and [r.name for r in api.writes] == ["card_payments_raw"]
    assert api.contract_schema == "strict" and api.sla.availability == pytest.approx(0.999)
    assert scoring.role == "consumer" and [r.name for r in scoring.reads] == [
        "customer_balance_5m",
        "payments_clean",
    ]
    assert scoring.group == "finance" and scoring.purpose == "fraud_detection"
    assert consumer.consumer_group == "fraud-scoring-v3" and consumer.max_lag_messages == 10000


def test_tests_keep_their_assertions_raw(project: Project) -> None:
    test = project.tests[Address(Kind.TEST, "payments_clean_quality")]
    assert [a.kind for a in test.assertions] == ["unique_key", "allowed_values", "max_lag", "foreign_key"]
    assert test.assertions[0].parameters == {"key": "payment_id", "window": "15 minutes"}
    assert [(a.kind, a.value) for a in test.actions] == [
        ("pause_model", True),
        ("send_alert", "slack://#streaming-alerts"),
    ]
