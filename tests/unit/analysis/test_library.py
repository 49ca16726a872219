from __future__ import annotations

from typing import Any

import pytest

from graph_builders import facts, graph, origin, place, project, stream
from headgate.analysis.context import Context
from headgate.analysis.library_rules import Wrong, library_rules, prepared
from headgate.analysis.rules import platform_rules_kept, platform_rules_valid
from headgate.diagnostics import Severity
from headgate.graph.model import Mode
from headgate.project.declarations import (
    Classified,
    KafkaSettings,
    Materialization,
    Rule,
    Security,
    SinkSettings,
)

KAFKA = KafkaSettings(partitions=3, replication_factor=2, retention_ms=86_400_000)


def context(*rules: Rule) -> Context:
    """`orders` is a source, `Paid` a job, `totals` a compacted topic with nothing said."""
    streams = (
        stream("orders", materialized=Materialization.SOURCE, owner="shop"),
        stream("Paid", ["orders"], kafka=KAFKA, description="what was paid"),
        stream("totals", ["Paid", "orders"]),
    )
    return Context(
        graph(
            project(*streams, rules=rules),
            facts("orders", {"id": "string", "amount": "int"}),
            facts("Paid", {"id": "string"}, ["orders"]),
            facts("totals", {"id": "string", "total": "int"}, ["Paid", "orders"], mode=Mode.UPSERT),
        )
    )


def rule(use: str, on: str = "", level: str = "error", message: str = "", **parameters: Any) -> Rule:
    return Rule(
        name="asked", place=place(f"use: {use}\n"), use=use, on=on, level=level, message=message,
        parameters=parameters,
    )  # fmt: skip


def broken(use: str, on: str = "", **parameters: Any) -> list[str]:
    ctx = context(rule(use, on, **parameters))
    assert list(platform_rules_valid.check(ctx)) == []
    return [d.message for d in platform_rules_kept.check(ctx)]


@pytest.mark.parametrize(
    ("use", "on", "parameters", "expected"),
    [
        ("name_pattern", "models", {"pattern": "^[a-z]+$"}, ["`Paid` does not match `^[a-z]+$`"]),
        ("name_pattern", "sources", {"pattern": "^src_"}, ["`orders` does not match `^src_`"]),
        ("name_pattern", "columns", {"pattern": "^(id|amount)$"}, ["`total` does not match `^(id|amount)$`"]),
        ("forbidden_prefix", "", {"prefixes": ["tot", "x"]}, ["`totals` begins with `tot`"]),
        ("min_partitions", "", {"value": 2}, ["`totals` has 1 partition, fewer than 2"]),
        ("max_partitions", "topics", {"value": 2}, ["`Paid` has 3 partitions, more than 2"]),
        (
            "min_replication_factor",
            "",
            {"value": 3},
            [
                "`Paid` has the replication factor 2, less than 3",
                "`totals` leaves its replication factor to the broker; it must be at least 3",
            ],
        ),
        ("retention_range", "", {"min": "2 days"}, ["`Paid` keeps its records 1 day, less than 2 days"]),
        ("retention_range", "", {"max": "1 hour"}, ["`Paid` keeps its records 1 day, more than 1 hour"]),
        ("max_dependencies", "", {"value": 1}, ["`totals` reads 2 streams, more than 1"]),
        ("require", "models", {"fields": ["description"]}, ["`totals` has no `description`"]),
        ("require", "sources", {"fields": ["owner", "freshness"]}, ["`orders` has no `freshness`"]),
        ("require", "sources", {"fields": ["url"]}, []),
    ],
)
def test_a_rule_of_the_library_names_what_breaks_it(
    use: str, on: str, parameters: dict[str, Any], expected: list[str]
) -> None:
    assert broken(use, on, **parameters) == expected


@pytest.mark.parametrize(
    ("made", "key", "message"),
    [
        (rule("name_patern", pattern="x"), "use", "the library has no rule `name_patern`"),
        (
            rule("max_dependencies", on="columns", value=1),
            "on",
            "`max_dependencies` cannot be about `columns`",
        ),
        (rule("name_pattern"), "use", "`name_pattern` needs the parameter `pattern`"),
        (rule("name_pattern", patern="x"), "patern", "`name_pattern` has no parameter `patern`"),
        (rule("min_partitions", value="three"), "value", "`value`: expected `int`, got `str`"),
        (rule("retention_range", min="soon"), "min", "`soon` is no duration"),
        (rule("require", fields=["ownr"]), "fields", "`ownr` is nothing that can be required"),
    ],
)
def test_a_rule_that_cannot_judge_is_a_finding(made: Rule, key: str, message: str) -> None:
    wrong = prepared(made)
    assert isinstance(wrong, Wrong)
    assert (wrong.key, wrong.message) == (key, message)
    ctx = context(made)
    assert [d.code.id for d in platform_rules_valid.check(ctx)] == ["HGT091"]
    assert list(platform_rules_kept.check(ctx)) == []


def test_a_topic_that_keeps_its_records_for_ever_is_longer_than_any_range() -> None:
    kept = stream("kept", materialized=Materialization.TOPIC, kafka=KafkaSettings(retention_ms=None))
    ranges = (rule("retention_range", min="2 days"), rule("retention_range", max="2 days"))
    ctx = Context(graph(project(kept, rules=ranges), facts("kept", {"id": "string"})))
    assert [d.message for d in platform_rules_kept.check(ctx)] == [
        "`kept` keeps its records for ever, more than 2 days"
    ]


def test_a_pattern_that_is_no_regular_expression_is_a_finding() -> None:
    wrong = prepared(rule("name_pattern", pattern="("))
    assert isinstance(wrong, Wrong)
    assert wrong.message.startswith("`(` is no regular expression")


def test_the_rule_says_how_much_it_weighs_and_in_which_words() -> None:
    made = rule("name_pattern", level="warn", message="{name} is shouting", pattern="^[a-z]+$")
    (finding,) = platform_rules_kept.check(context(made))
    assert (finding.severity, finding.message) == (Severity.WARNING, "Paid is shouting")


def test_every_kind_has_a_default_subject() -> None:
    assert all(kind.on for kind in library_rules().values())


def test_residency_follows_the_data_to_where_a_sink_takes_it() -> None:
    secret = Security(classification=(Classified("card", "secret", place()),))
    sink = SinkSettings(type="file", connector="out", place=place(), region="us-east-1")
    streams = (
        stream("cards", security=secret),
        stream("copy", ["cards"]),
        stream("out", ["copy"], Materialization.SINK, sink=sink),
    )
    known = (
        facts("cards", {"card": "string", "at": "string"}),
        facts("copy", {"number": "string"}, ["cards"], origins={"number": (origin("cards", "card"),)}),
        facts("out", {"number": "string"}, ["copy"], origins={"number": (origin("copy", "number"),)}),
    )
    made = rule("residency", classes=["secret"], regions=["eu-west-1"])
    found = platform_rules_kept.check(Context(graph(project(*streams, rules=(made,)), *known)))
    assert [d.message for d in found] == ["`out` holds `number`, and where it is taken is in `us-east-1`"]
