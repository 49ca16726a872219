"""Other projects: by their folder or their manifest, their public streams alone."""

from __future__ import annotations

from typing import Any

import pytest

from headgate.addresses import Address, Kind
from headgate.project.files import FilesInMemory
from headgate.project.manifest import (
    FORMAT,
    Manifest,
    ManifestColumn,
    ManifestStream,
    manifest_schema,
    read_manifest,
    write_manifest,
)
from headgate.syntax.yaml import read_document
from loading import load, shown, stream

RISK = """name: risk
models:
  - {name: scores, access: public, key: id, columns: [{name: id, data_type: string}, {name: score, data_type: double, classification: confidential}]}
  - {name: inner, columns: [{name: id, data_type: string}]}
"""
SHOP = "name: shop\npackages:\n  - {name: risk, path: ../risk}\n"
MODEL = "models:\n  - {{name: m, sql: 'SELECT id FROM {{{{ {} }}}}'}}\n"
MANIFEST = Manifest(
    project="risk",
    streams=[
        ManifestStream(
            address="model.scores.v2",
            name="scores",
            version=2,
            materialized="flink_stream",
            access="public",
            changelog="upsert",
            key=["id"],
            columns=[ManifestColumn(name="id", type="STRING", nullable=False), ManifestColumn(name="s", type="ROW<a INT>", classification="secret")],
        ),
        ManifestStream(address="model.inner", name="inner", materialized="topic"),
    ],
)  # fmt: skip


def loaded(
    call: str, risk: str | bytes = RISK, shop: str = SHOP, name: str = "headgate.yml"
) -> tuple[Any, list[str]]:
    files: dict[str, str | bytes] = {"headgate.yml": shop, "a.yml": MODEL.format(call)}
    project, found = load(
        files, package=lambda path: FilesInMemory({name: risk}) if path == "../risk" else None
    )
    return project, [shown(d, files) for d in found]


@pytest.mark.parametrize("call", ['ref("risk", "scores")', 'ref("risk.scores")'])
def test_a_public_stream_of_a_folder_is_found(call: str) -> None:
    project, found = loaded(call)
    assert found == []
    sql = stream(project, "m").sql
    assert sql is not None and sql.rendered.text == "SELECT id FROM risk__scores"
    address = project.resolve(sql.references[0])
    assert address == Address(Kind.MODEL, "scores", project="risk")
    assert project.packages["risk"].streams[address].columns[1].classification == "confidential"


def test_what_is_not_public_is_refused_by_name() -> None:
    assert loaded('ref("risk", "inner")')[1] == ["HGR010 a.yml:2"]
    assert loaded('ref("risk", "nothing")')[1] == ["HGR001 a.yml:2"]
    assert loaded('ref("rsk", "scores")')[1] == ["HGR006 a.yml:2"]


def test_a_manifest_is_as_good() -> None:
    shop = "name: shop\npackages:\n  - {name: risk, manifest: ../risk/m.json, map_levels: {secret: confidential}}\n"
    project, found = loaded('ref("risk", "scores", v=2)', write_manifest(MANIFEST), shop, "m.json")
    assert found == []
    scores = project.packages["risk"].streams[Address(Kind.MODEL, "scores", 2, "risk")]
    assert scores.changelog == "upsert" and str(scores.columns[0].type) == "STRING NOT NULL"
    assert scores.columns[1].classification == "confidential"
    assert loaded('ref("risk", "scores")', write_manifest(MANIFEST), shop, "m.json")[1] == []


def test_a_class_that_is_not_placed_is_an_error() -> None:
    shop = "name: shop\npackages:\n  - {name: risk, manifest: ../risk/m.json}\n"
    assert loaded('ref("risk", "scores")', write_manifest(MANIFEST), shop, "m.json")[1] == [
        "HGP071 headgate.yml:3"
    ]


@pytest.mark.parametrize(
    ("package", "risk", "code"),
    [
        ("{name: risk}", RISK, "HGP071"),
        ("{name: risk, path: ../riks}", RISK, "HGP071"),
        ("{name: risk, path: ../risk}", RISK.replace("name: risk", "name: other"), "HGP071"),
        ("{name: risk, path: ../risk}", "name: risk\nmodels: [{nam: x}]\n", "HGP071"),
        ("{name: risk, git: https://x, revision: abc}", RISK, "HGC900"),
        ("{name: risk, manifest: https://x/manifest.json, sha256: abc}", RISK, "HGC900"),
        ("{name: risk, manifest: ../risk/headgate.yml}", "no json", "HGP071"),
        ("{name: risk, manifest: ../risk/headgate.yml}", '{"format": 99}', "HGP071"),
        ("{name: risk, manifest: ../risk/headgate.yml}", '{"project": 1}', "HGP071"),
    ],
)
def test_a_package_that_cannot_be_read_is_the_only_finding(package: str, risk: str, code: str) -> None:
    shop = f"name: shop\npackages:\n  - {package}\n"
    assert loaded('ref("risk", "scores")', risk, shop)[1] == [f"{code} headgate.yml:3"]


def test_manifests_are_read_as_they_were_written() -> None:
    document, _ = read_document("a.yml", b"a: 1")
    assert document is not None
    data = write_manifest(MANIFEST)
    assert read_manifest(data, document.place(), []) == MANIFEST
    assert data == write_manifest(MANIFEST) and f'"format": {FORMAT}'.encode() in data
    assert manifest_schema()["$defs"]["Manifest"]["required"] == ["project"]
