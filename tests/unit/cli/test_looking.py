"""`ls`, `lineage` and `explain`: what they say of a project, through the door."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from running import EXAMPLE, headgate


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("looking") / "payments"
    return Path(shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".*")))


def listed(project: Path, *words: str) -> list[str]:
    return [n["address"] for n in headgate("ls", "--output", "json", *words, project=project).json["nodes"]]


def test_ls_lists_what_a_selection_picks(project: Path) -> None:
    assert listed(project, "-s", "+customer_balance_5m") == [
        "source.payments_events",
        "model.customer_balance_5m",
        "model.payments_clean",
        "exposure.payments_api",
    ]
    assert listed(project, "-s", "materialized:virtual_topic") == [
        "model.high_value_payments",
        "model.payments_clean",
    ]
    assert listed(project, "-s", "materialized:virtual_topic", "--exclude", "payments_clean") == [
        "model.high_value_payments"
    ]


def test_ls_says_where_a_node_is_declared(project: Path) -> None:
    (node,) = headgate("ls", "--output", "json", "-s", "high_value_payments", project=project).json["nodes"]
    line = (project / node["file"]).read_text().splitlines()[node["line"] - 1]
    assert line.strip() == "- name: high_value_payments"
    assert (
        f"{node['file']}:{node['line']}" in headgate("ls", "-s", "high_value_payments", project=project).out
    )


def test_a_selection_that_names_nothing_is_said(project: Path) -> None:
    ran = headgate("ls", "-s", "payments_claen", project=project)
    assert ran.code == 1
    assert "did you mean `payments_clean`" in ran.err


def test_lineage_of_a_column_goes_both_ways_and_says_how(project: Path) -> None:
    answer = headgate("lineage", "payments_clean.amount_cents", "--output", "json", project=project).json
    edges = {
        (e["from"], e["column_from"], e["to"], e["column_to"], e["kind"], e["how"]) for e in answer["edges"]
    }
    above = (
        "source.payments_events",
        "amount_cents",
        "model.payments_clean",
        "amount_cents",
        "direct",
        "identity",
    )
    below = (
        "model.payments_clean", "amount_cents", "model.customer_balance_5m", "total_amount_cents", "direct", "aggregate",
    )  # fmt: skip
    assert {above, below} <= edges


def test_lineage_goes_one_way_and_so_far_as_it_is_told(project: Path) -> None:
    def nodes(*words: str) -> set[str]:
        return set(
            headgate("lineage", "payments_clean", "--output", "json", *words, project=project).json["nodes"]
        )

    assert nodes("--up") == {"exposure.payments_api", "source.payments_events", "model.payments_clean"}
    assert "source.payments_events" not in nodes("--down")
    assert "model.card_payments_fraud_events" in nodes("--down")
    assert "model.card_payments_fraud_events" not in nodes("--down", "--depth", "1")


def test_an_exposure_writes_what_it_produces_and_reads_the_rest(project: Path) -> None:
    answer = headgate("lineage", "payments_events", "--depth", "2", "--output", "json", project=project).json
    kinds = {(e["from"], e["to"]): e["kind"] for e in answer["edges"]}
    assert kinds["exposure.payments_api", "source.payments_events"] == "writes"
    assert kinds["source.payments_events", "model.payments_clean"] == "reads"
    assert kinds["model.payments_clean", "exposure.support_desk"] == "reads"


def test_lineage_of_a_column_that_is_not_there_is_asked_back(project: Path) -> None:
    ran = headgate("lineage", "payments_clean.card_nr", project=project)
    assert ran.code == 1
    assert "HGR121" in ran.err and "`card_number`" in ran.err


def test_explain_says_what_a_stream_is_and_why(project: Path) -> None:
    answer = headgate("explain", "customer_balance_5m", "--output", "json", project=project).json
    assert answer["materialized"]["value"] == "flink_stream"
    assert answer["changelog"] == {"mode": "append", "key": ["customer_id", "window_start"]}
    assert answer["latency"] == 305_000
    assert answer["state"] == ["window aggregate: TUMBLE 5 minutes"]
    (total,) = [c for c in answer["columns"] if c["name"] == "total_amount_cents"]
    assert total["lineage"] == ["model.payments_clean.amount_cents (aggregate)"]
    text = headgate("explain", "customer_balance_5m", project=project).out
    assert "TUMBLE 5 minutes" in text and "305000 ms" in text


def test_explain_prints_the_page_of_a_code_without_a_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = headgate("explain", "hgc130")
    assert ran.code == 0
    assert ran.out.startswith("# HGC130 unknown-connector-type\n")


def test_explain_of_a_code_there_is_not_is_misuse_with_a_guess(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = headgate("explain", "HGC139")
    assert ran.code == 2
    assert "There is no page for `HGC139`" in ran.err and "Did you mean" in ran.err


def test_a_role_that_nobody_declared_is_told_who_there_is(project: Path) -> None:
    ran = headgate("access", "--who", "zzz", project=project)
    assert ran.code == 1
    assert "there are `analytics`, `fraud-engine`" in ran.err


def test_of_an_unknown_column_those_that_there_are_are_told(project: Path) -> None:
    ran = headgate("lineage", "payments_clean.zzz", project=project)
    assert ran.code == 1
    assert "its columns are `amount_cents`, `card_number`" in ran.err


def test_who_is_allowed_for_a_purpose_alone_is_told_the_purpose(project: Path) -> None:
    ran = headgate("show", "payments_clean", "--as", "fraud-engine", project=project)
    assert ran.code == 1
    assert "an `allow` names fraud-engine only for fraud_detection" in ran.err
    assert ran.out == ""
