"""plan, apply and destroy with a Conduktor Console among the systems: asked over HTTP, of a fake that follows its references."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts.fakes.console import ALERT, APPLICATION, INSTANCE, TOKEN, FakeConduktorConsole
from headgate.workflows.systems import LiveSystems
from live_systems import ENVIRONMENT, Shop, shop

STREAMS = """\
roles: [{name: desk, principals: ["User:desk"]}]
models:
  - {name: orders, materialized: topic, columns: [{name: id, data_type: string}]}
exposures:
  - name: desk_app
    type: application
    owner: team-desk
    consumes: ["ref('orders')"]
    principal: "User:desk"
    access: {allowed_roles: [desk]}
    consumer_config: {consumer_group: desk-1, max_lag_messages: 500}
"""
RENAMED = STREAMS.replace("desk_app", "counter_app")
NAME = "shop.desk_app.prod.main"
DEPLOYED = f"{NAME}.desk-1"
THINGS = {
    f"console_application/main/{NAME}",
    f"console_instance/main/{DEPLOYED}",
    f"console_alert/main/{DEPLOYED}/{DEPLOYED}.lag",
}


@pytest.fixture
def console() -> Iterator[FakeConduktorConsole]:
    fake = FakeConduktorConsole()
    yield fake
    fake.server.close()


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, console: FakeConduktorConsole) -> Shop:
    """A project whose Console is asked over HTTP, and whose other systems are played."""
    asked = LiveSystems.provider
    made = shop(tmp_path, monkeypatch, STREAMS)

    def provider(self: LiveSystems, name: str) -> Any:
        return asked(self, name) if name == "console" else made.system

    monkeypatch.setattr(LiveSystems, "provider", provider)
    said = f'    console: {{url: "{console.url}", token: \'{{{{ env_var("T", "{TOKEN}") }}}}\'}}\n'
    made.write("environments/prod.yml", ENVIRONMENT.replace("    identities:", f"{said}    identities:"))
    return made


@pytest.fixture
def applied(live: Shop) -> Shop:
    ran = live.apply()
    assert ran.code == 0, ran.out + ran.err
    return live


def test_it_is_made_last_then_nothing_is_left_to_do_then_it_is_gone(
    live: Shop, console: FakeConduktorConsole
) -> None:
    rows = live.rows()
    assert rows.keys() >= THINGS
    assert {(rows[one]["action"], rows[one]["phase"], rows[one]["risk"]) for one in THINGS} == {
        ("create", "give", "safe")
    }
    ran = live.apply()
    assert ran.code == 0, ran.out + ran.err
    assert [list(console.stored[kind]) for kind in (APPLICATION, INSTANCE)] == [[(NAME,)], [(DEPLOYED,)]]
    assert console.one(ALERT, f"{DEPLOYED}.lag", DEPLOYED)["spec"]["threshold"] == 500
    assert live.rows() == {}
    ran = live.run("destroy", "--auto-approve", "--confirm", "prod")
    assert ran.code == 0, ran.out + ran.err
    assert not any(console.stored.values()) and live.system.things == {}


def test_a_promise_that_changes_is_one_change_and_what_somebody_changed_is_mended(
    applied: Shop, console: FakeConduktorConsole
) -> None:
    applied.write("streams.yml", STREAMS.replace("500", "900"))
    console.one(INSTANCE, DEPLOYED)["spec"]["serviceAccount"] = "sa-desk"
    rows = applied.rows()
    assert {name: row["action"] for name, row in rows.items()} == {
        f"console_alert/main/{DEPLOYED}/{DEPLOYED}.lag": "update",
        f"console_instance/main/{DEPLOYED}": "update",
    }
    assert "spec.serviceAccount: sa-desk -> nothing" in applied.run("plan").out
    assert applied.apply().code == 0
    assert console.one(ALERT, f"{DEPLOYED}.lag", DEPLOYED)["spec"]["threshold"] == 900
    assert "serviceAccount" not in console.one(INSTANCE, DEPLOYED)["spec"]
    assert applied.rows() == {}


def test_an_application_that_has_another_name_hands_its_consumer_group_over_in_one_apply(
    applied: Shop, console: FakeConduktorConsole
) -> None:
    applied.write("streams.yml", RENAMED)
    ran = applied.apply()
    assert ran.code == 0, ran.out + ran.err
    other = DEPLOYED.replace("desk_app", "counter_app")
    assert list(console.stored[INSTANCE]) == [(other,)]
    assert console.one(INSTANCE, other)["spec"]["resources"][0]["name"] == "desk-1"
    assert applied.rows() == {}


def test_two_applications_swap_their_consumer_groups_in_one_apply(
    live: Shop, console: FakeConduktorConsole
) -> None:
    other = (
        STREAMS[STREAMS.index("  - name: desk_app") :].replace("desk_app", "lab").replace("desk-1", "lab-1")
    )
    live.write("streams.yml", STREAMS + other)
    assert live.apply().code == 0
    swapped = (STREAMS + other).replace("desk-1", "X").replace("lab-1", "desk-1").replace("X", "lab-1")
    live.write("streams.yml", swapped)
    ran = live.apply("--confirm", "prod")
    assert ran.code == 0, ran.out + ran.err
    assert set(console.stored[INSTANCE]) == {
        ("shop.desk_app.prod.main.lab-1",),
        ("shop.lab.prod.main.desk-1",),
    }
    assert live.rows() == {}


def test_what_is_there_and_not_ours_is_refused_until_it_is_adopted(
    live: Shop, console: FakeConduktorConsole
) -> None:
    spec = {"title": "by hand", "owner": "team-shop"}
    theirs = {"kind": APPLICATION, "apiVersion": "v1", "metadata": {"name": NAME}, "spec": spec}
    console.put(theirs)
    assert [code for code, _ in live.told("plan")] == ["HGD001"]
    assert live.apply().code != 0
    assert console.one(APPLICATION, NAME)["spec"]["title"] == "by hand"
    live.write(
        "streams.yml", STREAMS.replace("    type: application", "    type: application\n    adopt: true")
    )
    ran = live.apply()
    assert ran.code == 0, ran.out + ran.err
    assert console.one(APPLICATION, NAME)["spec"]["owner"] == "team-desk"


def test_what_another_tool_writes_is_compared_and_never_written(
    live: Shop, console: FakeConduktorConsole
) -> None:
    environment = (live.root / "environments" / "prod.yml").read_text()
    live.write("environments/prod.yml", environment + "managed_by: {console: terraform}\n")
    rows = live.rows()
    assert {rows[one]["action"] for one in THINGS} == {"handed over"}
    assert live.apply().code == 0
    assert not any(console.stored.values())


def test_an_owner_that_console_does_not_know_stops_the_plan_at_the_exposure(
    live: Shop, console: FakeConduktorConsole
) -> None:
    live.write("streams.yml", STREAMS.replace("team-desk", "nobody"))
    assert live.told("plan") == [("HGD014", f"Console would not take console_application/main/{NAME}")]
    ran = live.run("plan")
    assert "Unknown group: nobody" in ran.err and "streams.yml:5" in ran.err
    assert not any(console.stored.values())


def test_a_console_that_may_not_be_asked_is_said_and_no_token_is_told(
    live: Shop, console: FakeConduktorConsole
) -> None:
    console.allows = False
    ran = live.run("plan")
    assert ran.code != 0 and "community edition" in ran.err
    assert TOKEN not in ran.out + ran.err
    console.allows = True
    assert live.apply().code == 0
    assert TOKEN not in (live.root / "state.jsonl").read_text()
