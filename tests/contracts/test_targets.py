"""What every target promises, whoever wrote it: pure, deterministic, tidy, and silent about secrets."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from checked import folder
from compiling import world
from headgate.compile.discovery import CompiledProject, compile_project, target, target_names
from headgate.compile.target import Compiled
from headgate.resources import Resource
from running import ACCEPTANCE, REPOSITORY

GOLDEN = REPOSITORY / "tests" / "golden" / "compile"
PROJECTS = {
    "acceptance": ACCEPTANCE,
    **{p.parent.name: p for p in sorted(GOLDEN.glob("*/project"))},
}
TARGETS = target_names()


def compiled(name: str, project: str) -> Compiled:
    return target(name).compile(world(folder(PROJECTS[project])))


def everything(project: Path) -> CompiledProject:
    return compile_project(world(folder(project)), TARGETS)


def digest(made: CompiledProject) -> str:
    lines = [f"{a.path}\n{a.text}" for a in made.artifacts]
    lines += [f"{r.id} {r.fields} {r.address} {r.after} {r.reason}" for r in made.resources]
    lines += [f"{d.code.id} {d.span} {d.message} {d.notes} {d.help}" for d in made.diagnostics]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_is_named_by_its_file_and_declares_what_it_can_do(name: str) -> None:
    found = target(name)
    assert name == found.NAME == found.CAPABILITIES.name
    assert len({kind.name for kind in found.KINDS}) == len(found.KINDS)


def test_no_two_targets_make_things_of_one_kind() -> None:
    kinds = [kind.name for name in TARGETS for kind in target(name).KINDS]
    assert len(set(kinds)) == len(kinds)


@pytest.mark.parametrize("project", PROJECTS)
@pytest.mark.parametrize("name", TARGETS)
def test_it_makes_only_what_it_declares_with_fields_whose_change_has_a_price(name: str, project: str) -> None:
    kinds = {kind.name: kind for kind in target(name).KINDS}
    made = compiled(name, project)
    assert len({r.id for r in made.resources}) == len(made.resources)
    for resource in made.resources:
        kind = kinds[resource.id.kind]
        # A kind without effects is all identity, like an ACL: nothing of it can change.
        assert not kind.effects or set(resource.fields) <= set(kind.effects), resource.id
        assert all(plain(value) for value in resource.fields.values()), resource.id


def plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and plain(item) for key, item in value.items())
    if isinstance(value, list):
        return all(plain(item) for item in value)
    return value is None or type(value) in (str, int, float, bool)


@pytest.mark.parametrize("project", PROJECTS)
@pytest.mark.parametrize("name", TARGETS)
def test_its_files_are_text_below_the_output(name: str, project: str) -> None:
    made = compiled(name, project)
    for artifact in made.artifacts:
        path = PurePosixPath(artifact.path)
        assert not path.is_absolute() and ".." not in path.parts and str(path) == artifact.path
        assert path.parts[0] == name
        assert artifact.text.endswith("\n") and "\r" not in artifact.text
        assert str(REPOSITORY) not in artifact.text


@pytest.mark.parametrize("project", PROJECTS)
def test_together_they_rely_on_nothing_that_is_not_there(project: str) -> None:
    made = everything(PROJECTS[project])
    there = {r.id for r in made.resources}
    assert all(after in there for r in made.resources for after in r.after)
    assert not cyclic(made.resources)
    # Two names that differ in case only are one file on some disks.
    assert len({a.path.lower() for a in made.artifacts}) == len(made.artifacts)


def cyclic(resources: tuple[Resource, ...]) -> bool:
    left = {r.id: set(r.after) for r in resources}
    while True:
        free = [one for one, after in left.items() if not after & left.keys()]
        if not free:
            return bool(left)
        for one in free:
            del left[one]


@pytest.mark.parametrize("project", PROJECTS)
def test_it_is_the_same_twice_and_for_files_in_any_order(project: str) -> None:
    files = folder(PROJECTS[project])
    first = world(files)
    once = digest(compile_project(first, TARGETS))
    assert digest(compile_project(first, TARGETS)) == once
    backwards = dict(reversed(files.items()))
    assert digest(compile_project(world(backwards), TARGETS)) == once


@pytest.mark.slow
def test_it_is_the_same_for_any_seed_of_hashes() -> None:
    program = (
        "import sys; sys.path.insert(0, 'tests')\n"
        "import importlib.util\n"
        f"spec = importlib.util.spec_from_file_location('targets', {__file__!r})\n"
        "module = importlib.util.module_from_spec(spec); spec.loader.exec_module(module)\n"
        "print([module.digest(module.everything(p)) for p in module.PROJECTS.values()])\n"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert len(answers) == 1


SECRETS = {
    "headgate.yml": "name: shop\ndefaults: {cluster: main, format: avro}\n",
    "environments/live.yml": """
default: true
engine: live
fail_closed: false
masking: {key: hush-masking}
alerts: {ops: "slack://hush-alert"}
kms: {prod: {type: vault, host: "vault:8200", token: hush-vault}}
clusters:
  main:
    kafka: {bootstrap_servers: "kafka:9092", security_protocol: SASL_SSL, sasl_mechanism: PLAIN, username: me, password: hush-kafka}
    schema_registry: {url: "http://me:hush-url@registry", username: me, password: hush-registry}
    flink: {type: sql_gateway, url: "http://flink"}
    connect: {main: {url: "http://connect", password: hush-connect}}
    proxy: {type: conduktor, url: "http://gateway", password: hush-proxy}
    console: {url: "http://console", token: hush-console}
    identities:
      flink: {principal: "User:flink", username: flink, password: hush-flink}
      connect: {principal: "User:connect", username: connect, password: hush-worker}
      desk: {principal: "User:desk", username: desk, password: hush-desk}
""",
    "streams.yml": """
roles: [{name: desk, principals: ["User:desk"]}]
models:
  - name: orders
    materialized: topic
    key: id
    columns: [{name: id, data_type: string, constraints: [not_null]}, {name: card, data_type: string}]
    security:
      policies:
        - encrypt: {column: card, key: kms://prod/cards}
        - allow: {roles: [desk]}
  - {name: copied, key: id, flink: {role: desk}, sql: 'SELECT id, card FROM {{ ref("orders") }}'}
  - name: database
    materialized: sink
    from: {model: copied}
    sink:
      type: jdbc
      role: desk
      config: {connection_url: "jdbc:postgresql://db/shop?user=me&password=hush-query", connection_password: hush-sink, table: orders}
  - name: elsewhere
    materialized: sink
    from: {model: copied}
    sink:
      type: other
      role: desk
      config:
        connector.class: com.example.Sink
        connection.uri: "mongodb://me:hush-uri@db"
        api.key: '{{ env_var("API_KEY", "hush-default") }}'
exposures:
  - name: desk
    type: application
    owner: team-desk
    consumes: ['ref("orders")']
    principal: "User:desk"
    access: {allowed_roles: [desk]}
tests:
  - name: fine
    model: copied
    assertions: [not_null: {column: id}]
    on_failure: {actions: [{send_alert: "slack://hush-token/room"}]}
""",
}


def words(made: Compiled) -> Iterator[str]:
    yield from (a.text for a in made.artifacts)
    yield from (f"{r.id} {r.fields} {r.reason}" for r in made.resources)
    yield from (f"{d.message} {d.notes} {d.help}" for d in made.diagnostics)


@pytest.mark.parametrize("name", TARGETS)
def test_no_secret_is_written_down(name: str) -> None:
    made = target(name).compile(world(SECRETS))
    assert made.resources or made.artifacts
    assert [word for word in words(made) if "hush" in word] == []
