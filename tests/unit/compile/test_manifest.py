"""The manifest and the catalogue: what they hold, that they hold to their schemas, and what they keep to themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from checked import folder
from compiling import world
from headgate.compile.catalog import catalog, catalog_schema, write_catalog
from headgate.compile.discovery import compile_project
from headgate.compile.manifest import fill
from headgate.diagnostics import Diagnostic
from headgate.project.files import FilesInMemory
from headgate.project.load import load_project
from headgate.project.manifest import Manifest, manifest_schema, read_manifest, write_manifest
from headgate.syntax.document import Document
from running import ACCEPTANCE, REPOSITORY

DOCS = REPOSITORY / "docs"
PAYMENTS = folder(ACCEPTANCE)
LIVE = ("kafka", "schemas", "flink", "connect")


def manifest(files: dict[str, str], targets: tuple[str, ...] = LIVE) -> Manifest:
    there = world(files)
    return fill(there, compile_project(there, targets))


def stream(found: Manifest, address: str) -> Any:
    return next(s for s in found.streams if s.address == address)


@pytest.mark.parametrize(
    ("file", "schema"),
    [("manifest.schema.json", manifest_schema), ("catalog.schema.json", catalog_schema)],
)
def test_the_schema_in_the_docs_is_the_one_that_is_kept(file: str, schema: Any) -> None:
    assert json.loads((DOCS / file).read_text("utf-8")) == schema()


def test_what_is_written_holds_to_its_schema() -> None:
    found = manifest(PAYMENTS)
    jsonschema.validate(json.loads(write_manifest(found)), manifest_schema())
    jsonschema.validate(json.loads(write_catalog(catalog(found))), catalog_schema())
    wrong = {**json.loads(write_manifest(found)), "streams": [{"name": "no address"}]}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, manifest_schema())


def test_it_reads_what_it_writes() -> None:
    found = manifest(PAYMENTS)
    faults: list[Diagnostic] = []
    again = read_manifest(write_manifest(found), Document("m.json", "", {}).place(), faults)
    assert again == found and faults == []


def test_a_column_tells_where_it_comes_from_and_its_class() -> None:
    total = stream(manifest(PAYMENTS), "model.customer_balance_5m")
    column = next(c for c in total.columns if c.name == "total_amount_cents")
    assert column.lineage == ["model.payments_clean.amount_cents aggregate"]
    assert (column.type, column.nullable, column.classification) == ("BIGINT", True, "confidential")
    assert "model.payments_clean.event_time window" in total.influences
    assert total.changelog == "append" and total.inputs == ["model.payments_clean"]


def test_policies_are_told_as_declared_and_as_they_reach_a_stream() -> None:
    found = manifest(PAYMENTS)
    clean, below = stream(found, "model.payments_clean"), stream(found, "model.customer_balance_5m")
    assert clean.security.policies[0].mask.method == "tokenization"
    assert [(p.kind, p.column, p.method) for p in clean.policies] == [
        ("mask", "card_number", "tokenization"),
        ("encrypt", "card_number", "encrypted"),
        ("allow", "", ""),
    ]
    assert below.security is None
    assert [(p.kind, p.by, p.applied_in[0].roles) for p in below.policies] == [
        ("allow", "model.payments_clean", ["fraud-engine", "fraud-ml", "payments-core"])
    ]


def test_an_artifact_is_told_with_its_digest_and_what_it_is_for() -> None:
    there = world(PAYMENTS)
    made = compile_project(there, LIVE)
    artifacts = fill(there, made).artifacts
    assert [a.path for a in artifacts] == sorted(a.path for a in made.artifacts)
    script = next(a for a in artifacts if a.path == "flink/payments.customer_balance_5m.sql")
    assert (script.target, script.address) == ("flink", "model.customer_balance_5m")
    assert len({a.sha256 for a in artifacts}) == len(artifacts)


def test_a_streams_digest_changes_with_what_is_deployed_and_with_nothing_else() -> None:
    before = manifest(PAYMENTS)
    comment = {**PAYMENTS, "models.yml": "# a comment\n" + PAYMENTS["models.yml"]}
    other = {
        **PAYMENTS,
        "models.yml": PAYMENTS["models.yml"].replace("amount_cents > 10000", "amount_cents > 9999"),
    }
    assert write_manifest(manifest(comment)) == write_manifest(before)
    after = manifest(other)
    changed = [a.address for a, b in zip(before.streams, after.streams, strict=True) if a.digest != b.digest]
    assert changed == ["model.card_payments_fraud_events"]


def test_no_secret_no_place_and_no_time_of_day_is_in_it(tmp_path: Path) -> None:
    tests = PAYMENTS["tests.yml"].replace("slack://#streaming-alerts", "slack://T0KEN/A/B/#room")
    text = write_manifest(manifest({**PAYMENTS, "tests.yml": tests})).decode()
    assert "T0KEN" not in text and '"send_alert": "slack://…"' in text
    assert str(REPOSITORY) not in text
    assert '"send_alert": "slack://#streaming-alerts"' in write_manifest(manifest(PAYMENTS)).decode()


def test_a_sink_is_told_with_the_topic_it_reads() -> None:
    files = {
        "environments/dev.yml": "default: true\nengine: embedded\nnaming: {prefix: dev.}\n",
        "s.yml": """
sources: [{name: raw, topic: raw.v1, columns: [{name: id, data_type: string}]}]
models:
  - {name: made, sql: 'SELECT id FROM {{ source("raw") }}'}
  - {name: out, materialized: sink, from: {source: raw}, sink: {type: file, config: {file: /x}}}
  - {name: out_made, materialized: sink, from: {model: made}, sink: {type: file, config: {file: /x}}}
""",
    }
    assert {s.name: s.topic for s in manifest(files).streams} == {
        "raw": "raw.v1",
        "made": "dev.made",
        "out": "raw.v1",
        "out_made": "dev.made",
    }


def test_the_catalogue_has_every_column_with_its_type_and_class() -> None:
    found = catalog(manifest(PAYMENTS))
    clean = next(s for s in found.streams if s.address == "model.payments_clean")
    assert (clean.topic, clean.key, clean.changelog) == ("payments_clean", ["payment_id"], "append")
    assert [(c.name, c.type, c.nullable, c.classification) for c in clean.columns][2:4] == [
        ("card_number", "STRING", True, "highly_sensitive"),
        ("amount_cents", "BIGINT", True, "confidential"),
    ]


def test_another_project_can_be_read_from_its_manifest() -> None:
    risk = """
sources: [{name: raw, key: id, access: public, columns: [{name: id, data_type: string, constraints: [not_null]}, {name: score, data_type: "decimal(5,2)", classification: confidential}]}]
models:
  - name: scores
    access: public
    key: id
    sql: SELECT id, score FROM {{ source("raw") }}
    security: {policies: [{allow: {roles: [desk], purpose: support}}]}
roles: [{name: desk}]
"""
    head = "name: risk\ndefaults: {cluster: main}\n"
    written = write_manifest(manifest({"headgate.yml": head, "s.yml": risk}))
    files = {
        "headgate.yml": "name: shop\npackages: [{name: risk, manifest: other/manifest.json}]\nroles: [{name: desk}]\n",
        "m.yml": 'models: [{name: copy, sql: \'SELECT id, score FROM {{ ref("risk", "scores") }}\'}]\n',
    }
    project, found = load_project(
        FilesInMemory(files),
        package=lambda path: FilesInMemory({"manifest.json": written}) if path == "other" else None,
    )
    assert project is not None and found == []
    (package,) = project.packages.values()
    scores = next(s for s in package.streams.values() if s.name == "scores")
    assert [(c.name, str(c.type), c.classification) for c in scores.columns] == [
        ("id", "STRING NOT NULL", "internal"),
        ("score", "DECIMAL(5, 2)", "confidential"),
    ]
    assert (
        scores.security.allows[0].roles == ("risk.desk",) and scores.security.allows[0].purpose == "support"
    )
