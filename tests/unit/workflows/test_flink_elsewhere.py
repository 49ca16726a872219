"""Jobs that Kubernetes or Confluent Cloud runs: compiled for whoever deploys them, and acted on by nobody here."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from running import REPOSITORY, headgate

GOLDEN = REPOSITORY / "tests" / "golden" / "compile"


@pytest.mark.parametrize(
    ("case", "type_", "written"),
    [
        ("on_kubernetes", "kubernetes", "shop.spent_by_customer.yaml"),
        ("on_confluent_cloud", "confluent_cloud", "shop.spent_by_customer.json"),
    ],
)
def test_they_are_written_and_not_acted_on(tmp_path: Path, case: str, type_: str, written: str) -> None:
    project = tmp_path / "project"
    shutil.copytree(GOLDEN / case / "project", project)
    made = headgate("compile", project=project)
    assert made.code == 0, made.out + made.err
    assert (project / "target" / "prod" / "flink" / written).read_bytes() == (
        GOLDEN / case / "expect" / "flink" / written
    ).read_bytes()
    for verb in ("plan", "apply"):
        refused = headgate(verb, project=project)
        assert refused.code == 1
        said = refused.out + refused.err
        assert f"acting on Flink of type `{type_}` is not built yet" in said and "headgate compile" in said
