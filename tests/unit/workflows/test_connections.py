"""How a verb reaches the systems of a live environment: values resolved where it acts, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from headgate.local.parts import PORTS, new_settings
from headgate.local.settings import Layout
from headgate.ports import Connections
from headgate.workflows.connections import connect
from headgate.workflows.refused import Refused
from headgate.workflows.request import Request
from headgate.workflows.session import open_session
from running import headgate

PROJECT = """\
name: shop
classification: {default: internal}
roles: [{name: desk, principals: ["User:desk"]}]
models:
  - {name: orders, materialized: topic, columns: [{name: id, data_type: string}]}
"""
LIVE = """\
engine: live
clusters:
  main:
    kafka:
      bootstrap_servers: "127.0.0.1:1"
      username: '{{ env_var("KAFKA_USER", "ann") }}'
      password: '{{ env_var("KAFKA_PASSWORD") }}'
      options: {client.id: shop}
    identities: {flink: {principal: "User:f", username: f, password: '{{ secret("file://flink.key") }}'}}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "environments").mkdir()
    (tmp_path / "headgate.yml").write_text(PROJECT)
    (tmp_path / "environments" / "prod.yml").write_text(LIVE)
    (tmp_path / "environments" / "here.yml").write_text("engine: local\n")
    return tmp_path


def connected(shop: Path, env: str, **environ: str) -> Connections:
    found = connect(open_session(Request(root=shop, env=env, environ=environ, cache=False)))
    assert isinstance(found, Connections), found
    return found


def refused(shop: Path, env: str, **environ: str) -> Refused:
    found = connect(open_session(Request(root=shop, env=env, environ=environ, cache=False)))
    assert isinstance(found, Refused)
    return found


def test_values_come_from_variables_dotenv_and_files(shop: Path) -> None:
    (shop / ".env").write_text("KAFKA_PASSWORD=from-dotenv\nKAFKA_USER=bob\n")
    (shop / "flink.key").write_text("flink-secret\n")
    found = connected(shop, "prod", KAFKA_PASSWORD="from-outside")
    main = found.clusters["main"]
    assert dict(main.kafka or {}) == {
        "bootstrap_servers": "127.0.0.1:1",
        "username": "bob",
        "password": "from-outside",
        "options.client.id": "shop",
    }
    assert main.identities["flink"]["password"] == "flink-secret"
    assert main.schema_registry is None
    assert found.fill("a ${cluster.main.identities.flink.password} b") == "a flink-secret b"
    assert found.hide("it says flink-secret and from-outside") == "it says *** and ***"
    assert "flink-secret" not in repr(found) + repr(main)


def test_what_is_missing_is_said_at_its_line_all_at_once(shop: Path) -> None:
    found = refused(shop, "prod").diagnostics
    assert [(d.span.file, "KAFKA_PASSWORD" in d.message, "flink.key" in d.message) for d in found] == [
        ("environments/prod.yml", True, False),
        ("environments/prod.yml", False, True),
    ]


def test_a_local_environment_needs_its_stack(shop: Path) -> None:
    for verb in (["plan"], ["apply", "--auto-approve"], ["destroy", "--auto-approve"], ["status"]):
        ran = headgate(*verb, "--env", "here", "--output", "json", project=shop)
        assert [d["code"] for d in ran.json["diagnostics"]] == ["HGD011"]
        assert ran.code == 2


def test_every_cluster_of_a_local_environment_is_the_stack_and_every_user_has_a_password(shop: Path) -> None:
    layout = Layout(shop.resolve() / ".headgate" / "local")
    layout.folder.mkdir(parents=True)
    settings = new_settings(range(2000, 2000 + len(PORTS)))
    layout.settings.write_text(settings.as_json())
    found = connected(shop, "here")
    (name,) = found.clusters
    local = found.clusters[name]
    assert local.kafka is not None and local.kafka["password"] == settings.password
    assert local.kafka["bootstrap_servers"] == f"127.0.0.1:{settings.ports['kafka']}"
    passwords = {found.values[f"cluster.{name}.users.{user}.password"] for user in ("desk", "shop-flink")}
    assert len(passwords) == 2 and settings.password not in passwords
    assert found.values[f"cluster.{name}.identities.flink.password"] in passwords
    assert {*passwords, settings.password} <= found.secrets


def test_what_the_local_stack_stands_in_for_needs_no_account(shop: Path) -> None:
    layout = Layout(shop.resolve() / ".headgate" / "local")
    layout.folder.mkdir(parents=True)
    layout.settings.write_text(new_settings(range(2000, 2000 + len(PORTS))).as_json())
    sink = "config: {snowflake_database: DB, snowflake_private_key: '{{ env_var(\"SNOWFLAKE\") }}'}"
    (shop / "sinks.yml").write_text(
        "models:\n  - name: out\n    materialized: sink\n    from: {model: orders}\n"
        f"    sink: {{type: snowflake_table, {sink}}}\n"
    )
    assert "sink.out.config.snowflake_private_key" not in connected(shop, "here").values
    (shop / "flink.key").write_text("x")
    found = refused(shop, "prod", KAFKA_PASSWORD="x")
    assert [d.message for d in found.diagnostics] == [
        "the variable `SNOWFLAKE` is not set, and `prod` needs it"
    ]
