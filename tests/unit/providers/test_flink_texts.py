"""What is read of scripts, plans and stack traces."""

from __future__ import annotations

import pytest

from headgate.providers.flink.fingerprint import fingerprint
from headgate.providers.flink.labels import Label, job_id, read_label, state_of_id
from headgate.providers.flink.plans import named, read_plan
from headgate.providers.flink.redact import redacted
from headgate.providers.flink.rest import root_cause
from headgate.providers.flink.script import read_script, statements
from headgate.resources import Effect
from headgate.resources.job_state import lost_state, state_change
from headgate.resources.live import JOB

SCRIPT = """\
-- model.x: it's; odd
CREATE TABLE `a;b` (
  `one` DECIMAL(10, 2) NOT NULL,
  `two` MAP<STRING, ARRAY<INT>>, -- it is; kept
  `at` TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL,
  `day` AS CAST(`at` AS DATE),
  WATERMARK FOR `at` AS `at` - INTERVAL '5' SECOND,
  PRIMARY KEY (`one`) NOT ENFORCED
) WITH (
  'connector' = 'upsert-kafka',
  'topic' = 'it''s; ${cluster.main.kafka.topic}',
  'scan.startup.mode' = 'earliest-offset'
);

CREATE TEMPORARY VIEW `v` AS
SELECT /* a; comment */ 'a;b' AS x, `a;b`.* FROM `a;b` -- the end
;

INSERT INTO `out`
SELECT /*+ STATE_TTL('v' = '1d') */ * FROM v;
"""


def test_a_script_is_split_where_its_statements_end() -> None:
    table, view, insert = statements(SCRIPT)
    assert table.startswith("CREATE TABLE `a;b` (") and table.endswith("earliest-offset'\n)")
    assert view.startswith("CREATE TEMPORARY VIEW `v` AS") and "'a;b' AS x" in view
    assert insert.startswith("INSERT INTO `out`") and "/*+ STATE_TTL('v' = '1d') */" in insert


def test_tables_are_read_with_their_types_and_options() -> None:
    script = read_script(SCRIPT)
    assert script.sink == "out" and script.query.startswith("SELECT /*+")
    (table,) = script.tables.values()
    assert table.name == "a;b" and table.upserts and table.topic == "it's; ${cluster.main.kafka.topic}"
    assert table.columns == {
        "one": "DECIMAL(10, 2) NOT NULL",
        "two": "MAP<STRING, ARRAY<INT>>",
        "at": "TIMESTAMP_LTZ(3)",
        "day": "AS CAST(`at` AS DATE)",
    }


def test_literals_are_filled_and_closed() -> None:
    filled = read_script(SCRIPT).filled(lambda text: text.replace("${cluster.main.kafka.topic}", "'; DROP"))
    assert "'topic' = 'it''s; ''; DROP'" in filled.declarations[0]


@pytest.mark.parametrize(
    ("trace", "told"), [("", ""), ("of no use", "of no use"), ("java.lang.Exception", "Exception")]
)
def test_a_trace_that_says_nothing_is_told_as_it_is(trace: str, told: str) -> None:
    assert root_cause(trace)[1] == told


def test_the_cause_is_the_last_that_says_something() -> None:
    trace = (
        "<Exception on server side:\njava.util.concurrent.CompletionException: a.b.JobException: wrapped\n\tat x.Y(Y.java:1)\n"
        "Caused by: org.apache.flink.table.api.ValidationException: The query differs.\nCause: Two\nlines.\n\tat x.Y(Y.java:1)\n"
        "Caused by: java.util.concurrent.ExecutionException: java.lang.Exception\n\t... 5 more\n\nEnd of exception on server side>"
    )
    assert root_cause(trace) == ("ValidationException", "The query differs.\nCause: Two\nlines.")


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ('Failed to deserialize JSON \'{"a": {"b": "eve"}}\'.', "Failed to deserialize JSON '…'."),
        ('Unexpected (String)"eve, adam"; line: 1, column: 2]', "Unexpected …; line: 1, column: 2]"),
        ('For input string: "eve"', 'For input string: "…"'),
        ("Column 'amount' is NOT NULL", "Column 'amount' is NOT NULL"),
        ("number 4929123412341234 is too long", "number … is too long"),
        ("Text 'eve' could not\n  be parsed", "Text '…' could not be parsed"),
    ],
)
def test_records_are_left_out_of_messages(message: str, told: str) -> None:
    assert redacted(message, "SELECT `amount` FROM orders") == told


def test_a_label_is_read_back_and_what_is_none_is_none() -> None:
    label = Label(
        owner="p/dev", id="main/ä b", fields={"sql": "it's: {a,b}", "n": [1, None]}, origin="s3://x"
    )
    assert read_label({"headgate": label.written()}) == label
    assert set(label.written()) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
    for other in ({}, {"headgate": ""}, {"headgate": "nonsense!"}, {"headgate": "AAAA"}):
        assert read_label(other) is None


def test_an_id_follows_from_the_thing_and_the_life_of_the_jobmanager() -> None:
    label = Label(owner="p/dev", id="main/a", fields={"sql": "x", "state": ["Flink 2.3"]})
    other = Label(owner="p/dev", id="main/a", fields={"sql": "y", "state": ["Flink 2.3"]})
    ids = [job_id(label, "1", 0), job_id(label, "1", 1), job_id(label, "2", 0), job_id(other, "1", 0)]
    assert len(set(ids)) == 4 and all(len(one) == 32 and int(one, 16) for one in ids)
    assert len({one[:20] for one in ids}) == 1
    assert (
        state_of_id(ids[0])
        != "00000000"
        == state_of_id(job_id(Label(owner="p/dev", id="a", fields={}), "1", 0))
    )


NOTHING = read_script("")
REUSED = """\
== Optimized Execution Plan ==
Sink(table=[default_catalog.default_database.out], fields=[a, n])
+- Union(all=[true], union=[a, n])
   :- GroupAggregate(groupBy=[a], select=[a, COUNT(*) AS n])(reuse_id=[1])
   :  +- Calc(select=[customer AS a], where=[(region = 'x')])
   :     +- TableSourceScan(table=[[default_catalog, default_database, orders]], fields=[customer, region])
   +- Reused(reference_id=[1])
"""


def test_a_part_that_is_used_twice_stands_in_both_places() -> None:
    root = read_plan(REUSED)
    assert root is not None
    assert [node.kind for node in root.walk()] == [
        "Sink", "Union", *("GroupAggregate", "Calc", "TableSourceScan") * 2
    ]  # fmt: skip
    assert fingerprint(REUSED, NOTHING, "2.3") == [
        "Flink 2.3",
        *("GroupAggregate(groupBy=[customer], calls=[COUNT(*)])", "  where (region = 'x')", "  reads [default_catalog, default_database, orders]")
        * 2,
    ]  # fmt: skip


def test_an_operator_that_nobody_knows_counts_as_one_that_keeps_state() -> None:
    plan = REUSED.replace("Union(all=[true], union=[a, n])", "Mystery(of=[a])")
    assert fingerprint(plan, NOTHING, "2.3")[1].startswith("Mystery(of=[")


@pytest.mark.parametrize("literal", ["it's", "a]b", "x, y=[z"])
def test_an_operator_whose_literals_cannot_be_told_apart_is_taken_whole(literal: str) -> None:
    plan = REUSED.replace("'x'", f"'{literal}'")
    assert f"Calc(select=[customer AS a], where=[(region = '{literal}')])" in "\n".join(
        fingerprint(plan, NOTHING, "2.3")
    )


@pytest.mark.parametrize("literal", ["a\nb", "a\n%", "a\n\nb", "a\n   b"])
def test_a_plan_that_a_literal_tears_apart_is_compared_as_it_is(literal: str) -> None:
    plan = REUSED.replace("'x'", f"'{literal}'")
    assert read_plan(plan) is None
    assert fingerprint(plan, NOTHING, "2.3") == ["Flink 2.3", plan]


def test_what_is_no_plan_is_compared_as_it_is() -> None:
    assert fingerprint("something new", NOTHING, "9.0") == ["Flink 9.0", "something new"]


def test_an_alias_is_told_from_a_cast() -> None:
    assert named("CAST(a AS INT) AS b") == ("CAST(a AS INT)", "b")
    assert named("CAST(a AS INT)") == ("CAST(a AS INT)", "CAST(a AS INT)")


def test_a_change_of_state_costs_what_it_loses() -> None:
    top = ["Flink 2.3", "Rank(rankRange=[rankStart=1, rankEnd={}], row=[a])", "  reads orders"]
    three, two = ([line.format(n) for line in top] for n in (3, 2))
    assert state_change(three, two) is Effect.IGNORE
    assert state_change(two, three) is Effect.FORBIDDEN
    assert lost_state(two, three) == (f"- {two[1]}", f"+ {three[1]}")
    assert state_change(None, three) is state_change(three, None) is Effect.IGNORE
    assert state_change(["Flink 2.2", "reads orders"], ["Flink 2.3", "reads others"]) is Effect.IGNORE


def test_a_window_rank_that_keeps_fewer_is_another_state() -> None:
    assert lost_state(["WindowRank(rankEnd=3])"], ["WindowRank(rankEnd=2])"])


def test_a_job_that_ended_is_started_again_and_one_that_is_paused_left() -> None:
    assert JOB.effect("running", False, True) is Effect.RESTART
    assert JOB.effect("running", "paused", True) is Effect.IGNORE


_MATCHED = """\
== Optimized Execution Plan ==
Sink(table=[default_catalog.default_database.out], fields=[k])
+- Match(partitionBy=[customer], orderBy=[ts ASC], measures=[FINAL(A.customer) AS k], pattern=[_UTF-16LE'A'], define=[{A=true}])
   +- TableSourceScan(table=[[default_catalog, default_database, orders]], fields=[customer, ts])
"""
_LAST = """\
== Optimized Execution Plan ==
Sink(table=[default_catalog.default_database.out], fields=[customer])
+- Deduplicate(keep=[LastRow], key=[customer], order=[ROWTIME])
   +- TableSourceScan(table=[[default_catalog, default_database, orders]], fields=[customer, ts, made])
"""


def test_how_long_a_pattern_may_take_is_read_from_the_script_for_plans_leave_it_out() -> None:
    hour, day = (
        read_script(
            f"INSERT INTO `out` SELECT * FROM orders MATCH_RECOGNIZE (PATTERN (A)\nwithin interval {said})"
        )
        for said in ("'1'  hour", "'1' DAY(2) TO SECOND")
    )
    assert (hour.within, day.within) == (("'1' HOUR",), ("'1' DAY(2) TO SECOND",))
    assert "within=['1' HOUR]" in fingerprint(_MATCHED, hour, "2.3")[1]
    assert lost_state(fingerprint(_MATCHED, hour, "2.3"), fingerprint(_MATCHED, day, "2.3"))


def test_keeping_the_last_goes_by_the_event_time_that_its_table_declares() -> None:
    by_ts, by_made = (
        read_script(
            f"CREATE TABLE `orders` (`customer` STRING, `ts` TIMESTAMP(3), `made` TIMESTAMP(3), WATERMARK FOR `{time}` AS `{time}`) "
            "WITH ('topic' = 'orders'); INSERT INTO `out` SELECT 1"
        )
        for time in ("ts", "made")
    )
    assert "time=[orders.ts]" in fingerprint(_LAST, by_ts, "2.3")[1]
    assert lost_state(fingerprint(_LAST, by_ts, "2.3"), fingerprint(_LAST, by_made, "2.3"))
