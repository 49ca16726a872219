"""A plan as people read it before they say yes, and after it was carried out."""

from __future__ import annotations

from dataclasses import replace

from headgate.workflows.plan_text import plan_text
from headgate.workflows.results import ChangeRow

CREATE = ChangeRow(address="model.a", kind="table", name="a", action="create", risk="safe", reason="declared")


def row(name: str, action: str, **more: str) -> ChangeRow:
    return replace(CREATE, name=name, action=action, **more)  # type: ignore[arg-type]


def test_the_gravest_comes_first_and_the_rest_stays_in_its_order() -> None:
    text = plan_text(
        [
            row("a", "create"),
            row("b", "update", risk="widens access"),
            row("c", "delete", risk="loses data"),
            row("d", "create"),
        ]
    )
    assert [line.split()[2][0] for line in text.splitlines()[:-1]] == ["c", "b", "a", "d"]
    assert text.endswith("Plan: 2 to create, 1 to delete, 1 to update.\n")


def test_each_line_says_what_whom_and_why() -> None:
    change = replace(
        row("a", "update", risk="breaking for readers"),
        readers=("model.b", "exposure.c"),
        fields=(("sql", "old", "n" * 100),),
    )
    assert plan_text([change]).splitlines()[:3] == [
        "~ table a (breaking for readers): declared",
        f"    sql: old -> {'n' * 59}…",
        "    read by model.b, exposure.c",
    ]


def test_nothing_to_do_is_said_and_no_ops_only_to_who_wants_to_know() -> None:
    quiet = plan_text([row("a", "no-op", status="unchanged")])
    assert quiet == "Nothing to change: everything is as declared.\n"
    assert "  table a: declared\n" in plan_text([row("a", "no-op", status="unchanged")], verbose=True)


def test_what_waits_is_no_part_of_what_is_to_be_done() -> None:
    text = plan_text([row("a", "delete", status="waiting", risk="loses data")])
    assert "- table a (loses data): declared [waiting]\n" in text
    assert text.endswith("as declared; 1 to go once `apply --allow-destroy` asks for it.\n")


def test_after_an_apply_it_says_what_landed_and_what_did_not() -> None:
    done = [
        row("a", "create", status="done"),
        row("b", "delete", status="failed", risk="loses data", message="the system will not"),
        row("c", "create", status="skipped"),
    ]
    assert plan_text(done, applied=True) == (
        "+ table a: declared [done]\n"
        "- table b (loses data): declared [failed]\n"
        "    the system will not\n"
        "+ table c: declared [skipped]\n"
        "Applied: 1 created, 1 failed, 1 skipped.\n"
    )
