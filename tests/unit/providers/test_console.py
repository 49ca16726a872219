"""Conduktor Console: what is declared is written and what others said stays, what its dry mode cannot tell, whom it refuses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

import pytest

from contracts.console_things import alert, application, connections, console_things, fake_console, instance
from contracts.fakes.console import ALERT, APPLICATION, INSTANCE, TOKEN, FakeConduktorConsole
from headgate.ports import Action, Change, Failure, PermanentFailure, TemporaryFailure, Verdict
from headgate.providers.console.provider import Consoles, open_provider
from headgate.resources import Resource

DESK = [application("desk"), instance("desk", "desk-1"), alert("desk", "desk-1")]


@pytest.fixture
def console() -> Iterator[FakeConduktorConsole]:
    fake = FakeConduktorConsole()
    yield fake
    fake.server.close()


@pytest.fixture
def provider(console: FakeConduktorConsole) -> Iterator[Consoles]:
    with closing(fake_console(console)) as opened:
        yield opened


def made(provider: Consoles, *resources: Resource, action: Action = Action.CREATE) -> list[Failure | None]:
    return [provider.carry_out([Change(action, one.id, one)])[0] for one in resources]


def gone(provider: Consoles, resource: Resource) -> Failure | None:
    return provider.carry_out([Change(Action.DELETE, resource.id, None)])[0]


def seen(provider: Consoles, resource: Resource) -> dict[str, Any]:
    """The spec of a thing as a plan sees it."""
    (found,) = provider.observe([resource.id])
    assert found.fields is not None
    spec: dict[str, Any] = found.fields["spec"]
    return spec


def judged(provider: Consoles, *resources: Resource) -> Sequence[Verdict]:
    return provider.validate(resources)


# What is declared, and what is others'


def test_many_are_looked_at_in_one_request_for_all_of_a_kind(
    console: FakeConduktorConsole, provider: Consoles
) -> None:
    things = [one for i in range(5) for one in (application(f"a{i}"), instance(f"a{i}"))]
    made(provider, *things)
    console.requests.clear()
    provider.observe([one.id for one in things])
    assert console.requests == [
        "GET /api/public/self-serve/v1/application",
        "GET /api/public/self-serve/v1/application-instance",
    ]


def test_where_an_alert_goes_and_what_policies_hold_is_chosen_in_console_and_stays(
    console: FakeConduktorConsole, provider: Consoles
) -> None:
    made(provider, *DESK)
    destination = {"type": "Webhook", "url": "http://x", "headers": {"Authorization": "Bearer of-others"}}
    console.one(ALERT, "desk.lag", "desk")["spec"] |= {"destination": destination, "disable": True}
    console.one(APPLICATION, "desk")["spec"]["policyRef"] = ["rules"]
    console.one(INSTANCE, "desk")["metadata"]["labels"]["team"] = "desk"
    assert [one.fields for one in provider.observe([r.id for r in DESK])] == [r.fields for r in DESK]
    changed = [
        application("desk", title="The desk"),
        instance("desk", "desk-2"),
        alert("desk", "desk-2", limit=5),
    ]
    assert made(provider, *changed, action=Action.UPDATE) == [None] * 3
    said = console.one(ALERT, "desk.lag", "desk")["spec"]
    assert (said["threshold"], said["destination"], said["disable"]) == (5, destination, True)
    assert console.one(APPLICATION, "desk")["spec"]["policyRef"] == ["rules"]
    assert console.one(INSTANCE, "desk")["metadata"]["labels"]["team"] == "desk"


@pytest.mark.parametrize(
    "by_hand",
    [
        {"serviceAccount": "sa-desk"},
        {"applicationManagedServiceAccount": True},
        {
            "resources": [
                {"type": "TOPIC", "patternType": "PREFIXED", "name": "x", "ownershipMode": "LIMITED"}
            ]
        },
    ],
    ids=lambda said: next(iter(said)),
)
def test_what_would_let_console_grant_or_show_more_is_seen_and_taken_back(
    console: FakeConduktorConsole, provider: Consoles, by_hand: dict[str, Any]
) -> None:
    made(provider, *DESK)
    console.one(INSTANCE, "desk")["spec"] |= by_hand
    assert seen(provider, DESK[1]) == {**DESK[1].fields["spec"], **by_hand}
    assert made(provider, DESK[1], action=Action.UPDATE) == [None]
    assert seen(provider, DESK[1]) == DESK[1].fields["spec"]
    assert "serviceAccount" not in console.one(INSTANCE, "desk")["spec"]


def test_how_a_console_spells_versions_and_results_makes_no_difference() -> None:
    older = FakeConduktorConsole(older=True)
    with closing(older.server), closing(fake_console(older)) as provider:
        assert made(provider, *DESK, *DESK) == [None] * 6
        assert [one.fields for one in provider.observe([r.id for r in DESK])] == [r.fields for r in DESK]


def test_a_version_that_is_not_ours_is_seen(console: FakeConduktorConsole, provider: Consoles) -> None:
    made(provider, DESK[0])
    console.one(APPLICATION, "desk")["apiVersion"] = "self-serve/v2"
    (found,) = provider.observe([DESK[0].id])
    assert found.fields is not None and found.fields["apiVersion"] == "self-serve/v2"


def test_an_alert_of_the_same_name_of_another_owner_is_untouched(
    console: FakeConduktorConsole, provider: Consoles
) -> None:
    made(provider, *DESK)
    theirs = {**DESK[2].fields, "metadata": {"name": "desk.lag", "group": "team-desk"}}
    console.put({key: value for key, value in theirs.items() if key != "cluster"})
    assert gone(provider, DESK[2]) is None
    assert list(console.stored[ALERT]) == [("desk.lag", "group", "team-desk")]


def test_no_secret_that_somebody_wrote_there_is_told(
    console: FakeConduktorConsole, provider: Consoles
) -> None:
    made(provider, DESK[0])
    console.one(APPLICATION, "desk")["spec"]["description"] = f"log in with {TOKEN}"
    assert seen(provider, DESK[0])["description"] == "log in with ***"


# Clusters


def test_what_console_calls_a_cluster_is_looked_up_in_the_environment(console: FakeConduktorConsole) -> None:
    named = instance("desk", cluster="${cluster.main.console.cluster}")
    with closing(fake_console(console, cluster="other")) as provider:
        assert made(provider, DESK[0], named) == [None, None]
        assert console.one(INSTANCE, "desk")["spec"]["cluster"] == "other"
        assert seen(provider, named) == named.fields["spec"]
    with closing(fake_console(console, cluster="main")) as provider:
        assert seen(provider, named)["cluster"] == "other"


def test_an_instance_that_is_to_be_on_another_cluster_is_made_there_anew(
    console: FakeConduktorConsole, provider: Consoles
) -> None:
    moved = [instance("desk", "desk-1", cluster="other"), alert("desk", "desk-1", cluster="other")]
    made(provider, *DESK)
    assert [one.faults for one in judged(provider, *moved)] == [(), ()]
    assert made(provider, moved[0], action=Action.REPLACE) == [None]
    assert made(provider, moved[1], action=Action.UPDATE) == [None]
    assert console.one(INSTANCE, "desk")["spec"]["cluster"] == "other"
    assert console.one(ALERT, "desk.lag", "desk")["spec"]["cluster"] == "other"


def test_replacing_one_that_stays_on_its_cluster_takes_nothing_away(
    console: FakeConduktorConsole, provider: Consoles
) -> None:
    made(provider, *DESK)
    made(provider, DESK[1], action=Action.REPLACE)
    assert (ALERT, len(console.stored[ALERT])) == (ALERT, 1)


# What it refuses


def test_an_application_that_others_made_an_instance_of_stays(
    console: FakeConduktorConsole, provider: Consoles
) -> None:
    made(provider, DESK[0], instance("theirs", of="desk"))
    failure = gone(provider, DESK[0])
    assert str(failure).endswith("refuses: The application has an instance: theirs")
    assert console.one(APPLICATION, "desk")


def test_an_owner_that_console_does_not_know_is_found_by_its_dry_mode(
    console: FakeConduktorConsole, provider: Consoles
) -> None:
    (verdict,) = judged(provider, application("desk", owner="nobody"))
    (fault,) = verdict.faults
    assert fault.endswith("refuses: Unknown group: nobody")
    assert console.stored[APPLICATION] == {}


def test_what_the_same_apply_makes_first_is_no_fault(
    console: FakeConduktorConsole, provider: Consoles
) -> None:
    assert [(one.faults, one.notes) for one in judged(provider, *DESK)] == [
        ((), ()),
        ((), ("Console cannot judge it yet: `desk` is not there",)),
        ((), ("Console cannot judge it yet: `desk` is not there",)),
    ]
    assert not any(console.stored.values())
    made(provider, *DESK)
    assert [(one.faults, one.notes) for one in judged(provider, *DESK)] == [((), ())] * 3


def test_a_consumer_group_that_another_instance_owns_is_said_and_may_be_on_its_way(
    provider: Consoles,
) -> None:
    made(provider, *DESK, application("new"))
    (verdict,) = judged(provider, instance("new", "desk-1"))
    assert verdict.notes == ("Console cannot judge it yet: `desk` owns the consumer group that it is to own",)
    (failure,) = made(provider, instance("new", "desk-1"))
    assert str(failure).endswith("refuses: The resource is of another instance: desk")
    gone(provider, DESK[1])
    assert made(provider, instance("new", "desk-1")) == [None]


def test_another_fault_of_an_instance_stays_a_fault(provider: Consoles) -> None:
    made(provider, DESK[0])
    (verdict,) = judged(provider, instance("desk", cluster="nowhere"))
    assert len(verdict.faults) == 1 and verdict.faults[0].endswith("Unknown cluster: nowhere")


def test_an_edition_or_a_token_without_the_right_is_said_in_full(
    console: FakeConduktorConsole, provider: Consoles
) -> None:
    console.allows = False
    failures = (*made(provider, DESK[0]), gone(provider, DESK[0]))
    for failure in failures:
        assert isinstance(failure, PermanentFailure)
        assert "does not let this user do it: Forbidden: Not allowed by your plan; self-service" in str(
            failure
        )
        assert "administrator's token" in str(failure) and "community edition" in str(failure)
    for ask in (lambda: provider.observe([DESK[0].id]), lambda: provider.validate([DESK[0]])):
        with pytest.raises(PermanentFailure, match="community edition"):
            ask()


def test_a_wrong_token_is_not_told(console: FakeConduktorConsole) -> None:
    with closing(open_provider(connections({"url": console.url, "token": "wr0ng-token"}))) as provider:
        (failure,) = made(provider, DESK[0])
    assert "does not know who asks" in str(failure) and "wr0ng-token" not in str(failure)


def test_a_console_that_is_down_is_said_and_may_be_asked_again(
    console: FakeConduktorConsole, provider: Consoles
) -> None:
    console.server.close()
    (failure,) = made(provider, DESK[0])
    assert isinstance(failure, TemporaryFailure)
    with pytest.raises(TemporaryFailure, match=r"^the Console of `main` at .* cannot be reached"):
        provider.observe([DESK[0].id])


def test_an_environment_without_a_console_is_said() -> None:
    with closing(open_provider(connections({"token": "x", "url": ""}))) as provider:
        (failure,) = made(provider, DESK[0])
        assert str(failure) == "the environment does not say the `url` of the Console of `main`"


@pytest.mark.parametrize("end", ["", "/", "/api", "/api/"])
def test_the_address_may_be_that_of_its_api(console: FakeConduktorConsole, end: str) -> None:
    with closing(open_provider(connections({"url": console.url + end, "token": TOKEN}))) as provider:
        assert made(provider, *console_things("a_")) == [None] * 3
