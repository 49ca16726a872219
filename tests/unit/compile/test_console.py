"""What Conduktor Console is told of applications: no more than a consumer group of their own, and what they promise of lag."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from compiling import compiled, documents, said, world
from headgate.addresses import Address, Kind
from headgate.compile.discovery import compile_project, targets_of
from headgate.compile.target import World
from headgate.compile.targets.console import compile as compile_console
from headgate.resources import Resource
from headgate.resources.live import CONSOLE_ALERT, CONSOLE_APPLICATION, CONSOLE_INSTANCE

STREAMS = """
roles: [{name: desk, principals: ["User:desk"]}]
models:
  - {name: orders, materialized: topic, columns: [{name: id, data_type: string}]}
  - {name: refunds, materialized: topic, columns: [{name: id, data_type: string}]}
"""
DESK = """
exposures:
  - name: desk_app
    type: dashboard
    description: What the desk looks at.
    owner: team-desk
    language: python
    consumes: ["ref('orders')"]
    produces: ["ref('refunds')"]
    principal: "User:desk"
    access: {allowed_roles: [desk]}
    sla: {availability: "99.9%"}
    consumer_config: {consumer_group: desk-1, max_lag_messages: 500}
"""
ENVIRONMENT = """
default: true
engine: live
naming: {prefix: "dev."}
clusters:
  main:
    kafka: {bootstrap_servers: b}
    console: {url: "http://console", token: x}
"""


def files(exposures: str = DESK, environment: str = ENVIRONMENT) -> dict[str, str]:
    return {"streams.yml": STREAMS, "exposures.yml": exposures, "environments/prod.yml": environment}


def made(exposures: str = DESK, environment: str = ENVIRONMENT) -> Mapping[str, Resource]:
    """What is compiled, by kind; there is one of each."""
    found = compiled("console", files(exposures, environment)).resources
    return {one.id.kind: one for one in found}


def spec(kind: str, **said: str) -> Any:
    return made(**said)[kind].fields["spec"]


def test_an_exposure_is_an_application_of_its_owners_with_what_is_declared_of_it() -> None:
    one = made()[CONSOLE_APPLICATION.name]
    assert one.id.name == "main/dev.shop.desk_app.prod.main"
    assert one.address == "exposure.desk_app"
    assert one.fields["metadata"] == {"name": "dev.shop.desk_app.prod.main"}
    assert one.fields["spec"] == {
        "title": "desk_app on main (prod)",
        "description": "What the desk looks at.\n\n- type: dashboard\n- language: python\n"
        "- promised availability: 0.999\n- declared in: project shop, environment prod",
        "owner": "team-desk",
    }


def test_nobody_is_told_who_logs_in_where_an_application_is_kept() -> None:
    exposures = DESK.replace("    language: python\n", '    repo: "https://me:hush@git.internal/desk"\n')
    said = spec(CONSOLE_APPLICATION.name, exposures=exposures)["description"]
    assert "- repository: https://git.internal/desk\n" in said


def test_its_instance_owns_its_consumer_group_and_names_no_account() -> None:
    one = made()[CONSOLE_INSTANCE.name]
    assert one.fields["metadata"] == {
        "application": "dev.shop.desk_app.prod.main",
        "name": "dev.shop.desk_app.prod.main.desk-1",
    }
    assert one.fields["spec"] == {
        "cluster": "main",
        "applicationManagedServiceAccount": False,
        "resources": [{"type": "CONSUMER_GROUP", "patternType": "LITERAL", "name": "desk-1"}],
    }
    assert one.after == (made()[CONSOLE_APPLICATION.name].id,)


def test_the_lag_it_promises_is_an_alert_of_its_instance() -> None:
    one = made()[CONSOLE_ALERT.name]
    assert one.id.name == "main/dev.shop.desk_app.prod.main.desk-1/dev.shop.desk_app.prod.main.desk-1.lag"
    assert one.fields["metadata"]["appInstance"] == "dev.shop.desk_app.prod.main.desk-1"
    said = {key: one.fields["spec"][key] for key in ("consumerGroupName", "metric", "operator", "threshold")}
    assert said == {
        "consumerGroupName": "desk-1",
        "metric": "OffsetLag",
        "operator": "GreaterThan",
        "threshold": 500,
    }
    assert "destination" not in one.fields["spec"]
    assert one.after == (made()[CONSOLE_INSTANCE.name].id,)


def test_a_group_that_is_not_named_is_nobodys_and_its_lag_is_said_to_be_unwatched() -> None:
    exposures = DESK.replace("consumer_group: desk-1, ", "")
    assert set(made(exposures)) == {CONSOLE_APPLICATION.name, CONSOLE_INSTANCE.name}
    assert spec(CONSOLE_INSTANCE.name, exposures=exposures)["resources"] == []
    found = compiled("console", files(exposures)).diagnostics
    assert said(files(exposures), found) == [
        "HGC171 exposures.yml:13 Console cannot watch the lag of `desk_app`, which names no consumer group"
    ]


def test_a_group_that_two_read_with_is_neithers() -> None:
    other = DESK.replace("exposures:\n", "").replace("desk_app", "other_app").replace("orders", "refunds")
    whole = world(files(DESK + other))
    # Whoever is not selected reads with it all the same.
    part = World(whole.context, selected=frozenset({Address(Kind.MODEL, "orders")}))
    for what, count in ((whole, 2), (part, 1)):
        found = [one for one in compile_console(what).resources if one.id.kind == CONSOLE_INSTANCE.name]
        assert [one.fields["spec"]["resources"] for one in found] == [[]] * count


def test_an_exposure_is_whole_whichever_of_its_streams_is_selected() -> None:
    whole = world(files())
    part = World(whole.context, selected=frozenset({Address(Kind.MODEL, "refunds")}))
    assert compile_console(part).resources == compile_console(whole).resources
    nothing = World(whole.context, selected=frozenset())
    assert compile_console(nothing).resources == ()


def test_a_producer_owns_nothing() -> None:
    exposures = DESK.replace("    consumes: [\"ref('orders')\"]\n", "")
    assert spec(CONSOLE_INSTANCE.name, exposures=exposures)["resources"] == []
    assert CONSOLE_ALERT.name not in made(exposures)


def test_an_exposure_without_an_owner_that_console_can_know_is_left_out_and_said() -> None:
    for owner, line, message in (
        ("    owner: Team Desk\n", 6, "no group in Console can be called `Team Desk`"),
        ("", 3, "`desk_app` has no owner, so Console does not show it"),
    ):
        exposures = DESK.replace("    owner: team-desk\n", owner)
        found = compiled("console", files(exposures))
        assert found.resources == () and found.artifacts == ()
        assert said(files(exposures), found.diagnostics) == [f"HGC170 exposures.yml:{line} {message}"]


def test_what_console_itself_writes_is_not_told_to_it() -> None:
    exposures = DESK.replace("    language: python\n", "    managed_by: console\n")
    assert made(exposures) == {}


def test_a_cluster_has_the_name_that_the_environment_says_it_has_there() -> None:
    environment = ENVIRONMENT.replace("token: x", "token: x, cluster: kafka-prod")
    for kind in (CONSOLE_INSTANCE.name, CONSOLE_ALERT.name):
        assert spec(kind, environment=environment)["cluster"] == "${cluster.main.console.cluster}"


def test_a_cluster_without_a_console_has_nothing_there() -> None:
    environment = ENVIRONMENT.replace('    console: {url: "http://console", token: x}\n', "")
    assert made(environment=environment) == {}
    assert "console" not in targets_of(world(files(environment=environment)).environment)
    assert "console" in targets_of(world(files()).environment)


def test_names_that_console_would_not_take_are_spelled_so_that_none_is_anothers() -> None:
    upper = {**files(), "headgate.yml": "name: shop\ndefaults: {cluster: Main}\n"}
    upper["environments/prod.yml"] = ENVIRONMENT.replace("  main:", "  Main:")
    name = compiled("console", upper).resources[0].fields["metadata"]["name"]
    assert name.startswith("dev.shop.desk_app.prod.main-") and name == name.lower()


def test_each_exposure_is_a_file_that_console_takes() -> None:
    found = documents(compiled("console", files()), "console/desk_app.yml")
    assert [one["kind"] for one in found] == ["Application", "ApplicationInstance", "Alert"]
    assert [one["spec"] for one in found] == [one.fields["spec"] for one in made().values()]
    assert not any("cluster" in one for one in found)
    assert compile_console(World(world(files()).context, files=False)).artifacts == ()


def test_what_another_tool_writes_of_it_is_handed_over_in_consoles_format() -> None:
    managed = files(environment=ENVIRONMENT + "managed_by: {console: console, topics: console}\n")
    handed = compile_project(world(managed), ("kafka", "console")).artifacts
    (text,) = [one.text for one in handed if one.path == "handed_over/console/main.yml"]
    kinds = [one["kind"] for one in yaml.safe_load_all(text)]
    assert kinds == ["Topic", "Topic", "Application", "ApplicationInstance", "Alert"]
