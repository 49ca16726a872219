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
        "Applied: 1 created, 1 failed, 1 skipped; what landed stays, and `headgate apply` makes the rest.\n"
    )


def test_of_many_that_landed_it_says_how_many_so_that_what_did_not_is_seen() -> None:
    done = [row(f"t{i}", "create", status="done") for i in range(50)]
    failed = row("x", "update", status="failed", message="the system will not")
    assert plan_text([*done, failed], applied=True).splitlines()[:3] == [
        "~ table x: declared [failed]",
        "    the system will not",
        "+ 50 of kind table created",
    ]
    assert len(plan_text([*done, failed], applied=True, verbose=True).splitlines()) == 53


def test_what_waits_comes_last_under_what_it_waits_for() -> None:
    waiting = [row(n, "delete", status="waiting", risk="loses data", message="waits for X") for n in "ab"]
    assert plan_text([*waiting, row("c", "create")]).splitlines()[:-1] == [
        "+ table c: declared",
        "waits for X:",
        "  - table a (loses data): declared [waiting]",
        "  - table b (loses data): declared [waiting]",
    ]


def test_what_is_made_stands_under_when_it_is_made_and_what_cannot_be_taken_back_before_it() -> None:
    text = plan_text(
        [
            row("old", "delete", phase="take"),
            row("t", "create", phase="store"),
            row("j", "restart", phase="run", cost="stops at a savepoint"),
            row("g", "create", phase="give", risk="widens access"),
            row("h", "create", phase="give"),
        ]
    )
    assert text == (
        "+ table g (widens access): declared\n"
        "what is taken away, and stricter policies:\n"
        "  - table old: declared\n"
        "what is stored: topics, schemas, users:\n"
        "  + table t: declared\n"
        "jobs and connectors, and their own grants:\n"
        "  ~ table j: declared\n"
        "      stops at a savepoint\n"
        "grants of readers and producers, and looser policies:\n"
        "  + table h: declared\n"
        "Plan: 3 to create, 1 to delete, 1 to restart.\n"
    )


def test_of_a_structure_the_parts_that_differ_are_shown_and_of_a_text_the_lines() -> None:
    was = {"name": "r", "fields": [{"name": "id", "type": "string"}, {"name": "amount", "type": "long"}]}
    now = {"name": "r", "fields": [{"name": "id", "type": "bytes"}]}
    change = replace(
        row("a", "update"),
        fields=(
            ("schema", was, now),
            ("sql", "SELECT\n  a\nFROM t", "SELECT\n  b\nFROM t"),
            ("state", ["Flink 2.3", "sum"], ["Flink 2.3", "max"]),
        ),
    )
    assert plan_text([change]).splitlines()[1:-1] == [
        "    schema.fields.id.type: string -> bytes",
        '    schema.fields.amount: {"name": "amount", "type": "long"} -> nothing',
        "    sql:",
        "      -   a",
        "      +   b",
        "    state:",
        "      - sum",
        "      + max",
    ]


def test_of_long_lines_the_part_that_differs_is_shown() -> None:
    shared = "SELECT window_start AS `minute`, COUNT(*) AS orders, SUM(amount) AS amount"
    change = replace(
        row("a", "update"),
        fields=(
            ("sql", f"{shared}\nFROM t", f"{shared}, MAX(amount) AS largest\nFROM t"),
            ("config", {}, {"on": True}),
        ),
    )
    assert plan_text([change]).splitlines()[1:-1] == [
        "    sql:",
        "      - …t) AS amount",
        "      + …t) AS amount, MAX(amount) AS largest",
        "    config.on: nothing -> true",
    ]


def test_what_another_tool_writes_is_told_where_it_is_not_as_declared() -> None:
    as_declared = row("a", "handed over", reason="strimzi writes it; as declared")
    differs = replace(row("b", "handed over", reason="strimzi writes it; differs"), fields=(("x", 1, 2),))
    assert plan_text([as_declared, differs]).splitlines() == [
        "= table b: strimzi writes it; differs",
        "    x: 1 -> 2",
        "Nothing to change: everything is as declared.",
    ]
