"""What a package declares and inherits holds here too, in this project's names (permissions.md §9)."""

from __future__ import annotations

import pytest

from headgate.addresses import Address, Kind
from headgate.analysis import Context, run_rules
from headgate.diagnostics import Diagnostic, Severity
from headgate.graph.build import build_graph
from headgate.graph.permissions import Permissions, build
from headgate.project import keys
from headgate.project.files import FilesInMemory
from headgate.project.manifest import (
    Manifest,
    ManifestColumn,
    ManifestPolicy,
    ManifestRole,
    ManifestStream,
    write_manifest,
)
from loading import load
from permitted import PEOPLE, model, models

RISK = """
name: risk
classification: {levels: [public, internal, confidential, secret]}
groups: [{name: risk, members: [team-risk]}]
roles:
  - {name: clerk}
  - {name: analyst, clearance: secret}
sources:
  - name: accounts
    owner: team-risk
    columns:
      - {name: id, data_type: string, classification: internal}
      - {name: iban, data_type: string, classification: secret}
      - {name: holder, data_type: string}
models:
  - name: scores
    access: public
    materialized: flink_stream
    group: risk
    owner: team-risk
    sql: "SELECT id, iban, holder AS name FROM {{ source('accounts') }}"
    security:
      policies:
        - mask: {column: holder_or_name, method: hash}
"""
OPEN = RISK.replace("holder_or_name", "name")
CLOSED = OPEN + "        - allow: {roles: [clerk]}\n"
SHOP = """
name: shop
packages: [{name: risk, path: ../risk, map_levels: {secret: highly_sensitive}}]
"""
READS = models(model("m", "SELECT id, iban, name FROM {{ ref('risk', 'scores') }}"))


def shop(
    risk: str | bytes, name: str = "headgate.yml", text: str = READS, project: str = SHOP
) -> Permissions:
    files: dict[str, str | bytes] = {"headgate.yml": project, "people.yml": PEOPLE, "models.yml": text}
    made, found = load(files, package=lambda path: FilesInMemory({name: risk}) if path == "../risk" else None)
    assert [d for d in found if d.severity is Severity.ERROR] == []
    graph = build_graph(made)
    assert graph.diagnostics == ()
    return build(graph)


def forms(known: Permissions, role: str, stream: Address | None = None) -> dict[str, str]:
    view = known.view(role, None, stream or Address(Kind.MODEL, "m"))
    return {name: str(column.form) for name, column in view.columns.items()}


SCORES = Address(Kind.MODEL, "scores", project="risk")


@pytest.mark.parametrize("stream", [SCORES, Address(Kind.MODEL, "m")])
def test_classes_and_masks_that_a_package_inherits_hold_here(stream: Address) -> None:
    known = shop(OPEN)
    assert forms(known, "clerk", stream) == {"id": "clear", "iban": "redacted", "name": "hash"}
    assert forms(known, "chief", stream) == {"id": "clear", "iban": "clear", "name": "hash"}


def test_a_role_of_a_package_is_another_than_one_of_that_name_here() -> None:
    known = shop(CLOSED)
    assert set(forms(known, "clerk").values()) == {"denied"}
    assert set(forms(known, "chief").values()) == {"denied"}
    assert forms(known, "risk.clerk") == {"id": "clear", "iban": "clear", "name": "clear"}
    assert set(forms(known, "risk.analyst").values()) == {"denied"}


def test_a_role_of_a_package_may_be_named_here() -> None:
    text = models(
        model(
            "m",
            "SELECT id, iban, name FROM {{ ref('risk', 'scores') }}",
            "policies:\n  - allow: {roles: [risk.clerk]}",
        )
    )
    known = shop(CLOSED, text=text)
    assert [d for d in weighty(known) if d.code.id.startswith("HGS")] == []
    assert forms(known, "risk.clerk")["id"] == "clear"


def test_a_group_here_decides_about_nothing_of_a_package() -> None:
    security = """
    declassify:
      - {column: iban, to: internal, reason: "ours now"}
    policies:
      - allow: {roles: [clerk]}
    """
    text = models(model("m", "SELECT id, iban, name FROM {{ ref('risk', 'scores') }}", security))
    known = shop(OPEN, text=text)
    assert forms(known, "clerk") == {"id": "clear", "iban": "redacted", "name": "hash"}
    assert [d.code.id for d in weighty(known)] == ["HGS010"]


def weighty(known: Permissions) -> list[Diagnostic]:
    found = run_rules(Context(known.graph))
    every = {"headgate.yml", "people.yml", "models.yml"}
    assert {d.span.file for d in found} <= every
    assert {n.span.file for d in found for n in d.notes if n.span is not None} <= every
    return [d for d in found if d.severity is not Severity.INFO]


def test_a_level_of_a_hidden_stream_must_have_its_place_too() -> None:
    unmapped = SHOP.replace(", map_levels: {secret: highly_sensitive}", "")
    files: dict[str, str | bytes] = {"headgate.yml": unmapped, "people.yml": PEOPLE, "models.yml": READS}
    _, found = load(files, package=lambda path: FilesInMemory({"headgate.yml": OPEN}))
    assert [(d.code.id, d.help) for d in found] == [
        ("HGP071", "place it: `map_levels: {secret: highly_sensitive}`")
    ]


def policy(
    kind: str, by: str = "model.scores", roles: list[str] | None = None, **more: str
) -> ManifestPolicy:
    applied = None if roles is None else [keys.Applied(roles=roles)]
    return ManifestPolicy(kind=kind, by=by, applied_in=applied, **more)  # type: ignore[arg-type]


def manifest(*policies: ManifestPolicy) -> bytes:
    return write_manifest(
        Manifest(
            project="risk",
            roles=[ManifestRole(name="clerk", clearance="internal"), ManifestRole(name="analyst", clearance="secret")],
            streams=[
                ManifestStream(
                    address="model.scores",
                    name="scores",
                    materialized="flink_stream",
                    access="public",
                    columns=[
                        ManifestColumn(name="id", type="STRING", classification="internal"),
                        ManifestColumn(name="iban", type="STRING", classification="secret"),
                        ManifestColumn(name="name", type="STRING", classification="internal"),
                    ],
                    policies=list(policies),
                )
            ],
        )
    )  # fmt: skip


FILE = SHOP.replace("path: ../risk", "manifest: ../risk/manifest.json")


def test_a_manifest_carries_what_is_in_force_on_its_streams() -> None:
    known = shop(
        manifest(
            policy("mask", column="name", method="hash", domain="holder"),
            policy("mask", column="id", method="redacted"),
        ),
        "manifest.json",
        project=FILE,
    )
    assert forms(known, "clerk") == {"id": "redact", "iban": "redacted", "name": "hash"}
    assert known.view("clerk", None, Address(Kind.MODEL, "m")).columns["name"].form.domain == "holder"


@pytest.mark.parametrize(
    ("lists", "admits"),
    [
        ([("model.a", ["clerk"])], ["risk.clerk"]),
        ([("model.a", ["clerk"]), ("model.a", ["analyst"])], ["risk.clerk", "risk.analyst"]),
        ([("model.a", ["clerk", "analyst"]), ("model.b", ["analyst"])], ["risk.analyst"]),
        ([("model.a", ["clerk"]), ("model.b", ["analyst"])], []),
    ],
)
def test_lists_of_one_stream_in_a_manifest_are_a_union_and_those_of_several_intersect(
    lists: list[tuple[str, list[str]]], admits: list[str]
) -> None:
    data = manifest(*(policy("allow", by, roles) for by, roles in lists))
    known = shop(data, "manifest.json", project=FILE)
    every = ["clerk", "chief", "risk.clerk", "risk.analyst"]
    address = Address(Kind.MODEL, "m")
    assert [role for role in every if known.view(role, None, address).admitted] == admits
