"""Whoever looks at records on live systems is told to the audit, also where the reading fails."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from headgate.addresses import Address
from headgate.observe.keys import LocalKeys
from headgate.workflows.looking import Look, Reading, reading
from headgate.workflows.refused import Refused
from headgate.workflows.request import Request
from headgate.workflows.session import open_session

FILES = {
    "headgate.yml": "name: shop\n",
    "environments/prod.yml": """\
engine: live
state: {file: state.jsonl}
reader: {role: support, purpose: debugging}
clusters: {eu: {kafka: {bootstrap_servers: "127.0.0.1:9"}}}
""",
    "people.yml": "roles: [{name: support, clearance: internal}, {name: analyst, clearance: internal}]\n",
    "sources.yml": """\
sources:
  - name: orders
    columns: [{name: id, data_type: string, constraints: [not_null]}]
""",
}


def looking(folder: Path, role: str | None = None, purpose: str | None = None) -> Reading | Refused:
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    session = open_session(Request(root=folder, env="prod"))
    address = Address.parse("source.orders")
    look = Look(
        session=session,
        address=address,
        role=role,
        purpose=purpose,
        reader=None,  # type: ignore[arg-type]
        keys=LocalKeys(folder / "keys.json"),
    )
    return reading(look, "show", "the first 20 records")


def entries(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "audit.jsonl").read_text().splitlines()]


def test_it_is_told_before_anything_is_read_and_again_with_what_was(tmp_path: Path) -> None:
    told = looking(tmp_path)
    assert isinstance(told, Reading)
    (begun,) = entries(tmp_path)
    assert (begun["outcome"], begun["about"]) == (
        "begun",
        "source.orders as support for debugging: the first 20 records",
    )
    with told:
        told.add({1: (5, 9), 0: (0, 3)})
        told.add({1: (2, 6)})
    _, done = entries(tmp_path)
    assert (done["run"], done["outcome"]) == (begun["run"], "done")
    assert done["about"] == f"{begun['about']}; partition 0: offsets 0 to 3; partition 1: offsets 2 to 9"


def test_who_says_as_whom_is_told_as_that_role(tmp_path: Path) -> None:
    looking(tmp_path, role="analyst")
    assert entries(tmp_path)[0]["about"] == "source.orders as analyst: the first 20 records"


@pytest.mark.parametrize(("error", "outcome"), [(ValueError, "failed"), (KeyboardInterrupt, "stopped")])
def test_a_reading_that_ends_before_its_time_says_how(
    tmp_path: Path, error: type[BaseException], outcome: str
) -> None:
    told = looking(tmp_path)
    assert isinstance(told, Reading)
    with pytest.raises(error), told:
        raise error
    assert entries(tmp_path)[1]["outcome"] == outcome


def test_where_it_cannot_be_told_nothing_is_to_be_read(tmp_path: Path) -> None:
    (tmp_path / "audit.jsonl").mkdir()
    refused = looking(tmp_path)
    assert isinstance(refused, Refused)
    assert [one.code.id for one in refused.diagnostics] == ["HGD040"]
