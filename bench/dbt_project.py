"""The same layered graph as a dbt project: one plain SELECT a model, a test per five, for `dbt parse`."""

from __future__ import annotations

from pathlib import Path

from bench.generator import COLUMNS, Shape


def write_dbt_project(root: Path, shape: Shape) -> None:
    """Writes it. dbt reads templates and references and leaves the SQL alone, so the SQL is the least there is."""
    models = root / "models"
    models.mkdir(parents=True, exist_ok=True)
    (root / "dbt_project.yml").write_text(
        "name: bench\nversion: '1.0'\nprofile: bench\nmodel-paths: [models]\n"
    )
    (root / "profiles.yml").write_text(
        "bench: {target: dev, outputs: {dev: {type: duckdb, path: ':memory:'}}}\n"
    )
    layer = max(1, shape.models // shape.depth)
    declared = ["version: 2\nmodels:\n"]
    columns = "".join(f"      - {{name: {name}, data_type: '{type_}'}}\n" for name, type_ in COLUMNS)
    for i in range(shape.models):
        before = f'{{{{ ref("model_{i - layer}") }}}}' if i >= layer else "(SELECT 1 AS id)"
        (models / f"model_{i}.sql").write_text(f"SELECT * FROM {before} AS t WHERE id > {i}\n")
        declared.append(f"  - name: model_{i}\n    columns:\n{columns}")
        if i % 5 == 0:
            declared.append("      - {name: id2, tests: [not_null]}\n")
    (root / "models" / "models.yml").write_text("".join(declared))
