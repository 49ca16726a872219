"""What Flink's own planner makes of a changed query, and what our fingerprint of its state says of the change.

The table holds every change that Flink was seen to restore wrongly or to fail on after it took it, and those that it restores
rightly. Nothing runs here: a SQL Gateway plans both queries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from headgate.providers.flink.fingerprint import fingerprint
from headgate.providers.flink.gateway import Gateway
from headgate.providers.flink.script import read_script
from headgate.resources.job_state import lost_state
from real import flink_cluster

pytestmark = [pytest.mark.real]
cluster, gateway = flink_cluster.cluster, flink_cluster.gateway

_KAFKA = "'connector' = 'kafka', 'value.format' = 'json', 'scan.startup.mode' = 'earliest-offset'"
_SETTINGS = {
    "table.local-time-zone": "UTC",
    "table.exec.sink.require-on-conflict": "false",
    "table.exec.sink.upsert-materialize": "NONE",
}


def _events(name: str, topic: str, types: Mapping[str, str], time: str = "ts") -> str:
    columns = ", ".join(f"`{column}` {type_}" for column, type_ in types.items())
    return (
        f"CREATE TABLE `{name}` ({columns}, WATERMARK FOR `{time}` AS `{time}` - INTERVAL '5' SECOND) "
        f"WITH ({_KAFKA}, 'topic' = '{topic}', 'properties.bootstrap.servers' = '127.0.0.1:9')"
    )


_ORDERS = {
    "id": "BIGINT NOT NULL",
    "customer": "STRING",
    "region": "STRING",
    "amount": "DECIMAL(10, 2)",
    "fee": "DECIMAL(10, 2)",
    "qty": "INT",
    "ts": "TIMESTAMP(3)",
}
_PAYMENTS = {"pid": "BIGINT NOT NULL", "customer": "STRING", "paid": "DECIMAL(10, 2)", "ts": "TIMESTAMP(3)"}
_CUSTOMERS = (
    "CREATE TABLE `customers` (`customer` STRING NOT NULL, `country` STRING, `ts` TIMESTAMP(3), "
    "WATERMARK FOR `ts` AS `ts`, PRIMARY KEY (`customer`) NOT ENFORCED) WITH ('connector' = 'upsert-kafka', "
    "'topic' = 'customers', 'properties.bootstrap.servers' = '127.0.0.1:9', 'key.format' = 'raw', 'value.format' = 'json')"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What a query reads otherwise than usually: another topic of orders, another time, other types of its columns."""

    topic: str = "orders"
    time: str = "ts"
    types: Mapping[str, str] | None = None


def state_of(gateway: Gateway, query: str, read: Read) -> list[str]:
    """The fingerprint of the state of a job that inserts what the query answers."""
    declared = [
        _events("orders", read.topic, {**_ORDERS, **(read.types or {})}, read.time),
        _events("payments", "payments", _PAYMENTS),
        _CUSTOMERS,
    ]
    with gateway.session(_SETTINGS) as session:
        for statement in declared:
            session.run(statement)
        session.run(f"CREATE TEMPORARY VIEW `q` AS {query}")
        columns = ", ".join(
            f"`{row[0]}` {str(row[1]).split(' *')[0]}" for row in session.run("DESCRIBE `q`").rows
        )
        changes = session.run(f"EXPLAIN CHANGELOG_MODE {query}").text
        updates = "UA" in changes.partition("== Optimized Physical Plan ==")[2].strip().partition("\n")[0]
        key = ", PRIMARY KEY (`k`) NOT ENFORCED" if updates else ""
        form = "'upsert-kafka', 'key.format' = 'json'" if updates else "'kafka'"
        session.run(
            f"CREATE TABLE `out` ({columns}{key}) WITH ('connector' = {form}, 'topic' = 'out', "
            "'properties.bootstrap.servers' = '127.0.0.1:9', 'value.format' = 'json')"
        )
        plan = session.run(f"EXPLAIN INSERT INTO `out` {query}").text
    return fingerprint(plan, read_script(";\n".join((*declared, query))), gateway.flink)


GROUPED = "SELECT customer AS k, COUNT(*) AS n, SUM(amount) AS s FROM orders GROUP BY customer"
WINDOWED = """SELECT customer AS k, window_start AS w, SUM(amount) AS s
FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTE)) GROUP BY customer, window_start, window_end"""
LEGACY = """SELECT customer AS k, TUMBLE_START(ts, INTERVAL '5' MINUTE) AS w, SUM(amount) AS s
FROM orders GROUP BY customer, TUMBLE(ts, INTERVAL '5' MINUTE)"""
SESSIONS = """SELECT customer AS k, SESSION_START(ts, INTERVAL '5' MINUTE) AS w, SUM(amount) AS s
FROM orders GROUP BY customer, SESSION(ts, INTERVAL '5' MINUTE)"""
TOP = """SELECT customer AS k, id, amount FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY customer ORDER BY amount DESC) AS rn
FROM orders) WHERE rn <= 3"""
LAST = """SELECT customer AS k, amount FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY customer ORDER BY ts DESC) AS rn
FROM orders) WHERE rn = 1"""
OVER = """SELECT customer AS k, SUM(amount) OVER (PARTITION BY customer ORDER BY ts
RANGE BETWEEN INTERVAL '10' MINUTE PRECEDING AND CURRENT ROW) AS s FROM orders"""
JOINED = (
    "SELECT o.customer AS k, o.amount, p.paid FROM orders AS o JOIN payments AS p ON o.customer = p.customer"
)
INTERVAL = """SELECT o.customer AS k, p.pid FROM orders AS o JOIN payments AS p ON o.customer = p.customer
AND p.ts BETWEEN o.ts AND o.ts + INTERVAL '10' MINUTE"""
PATTERN = """SELECT k, low, high FROM orders MATCH_RECOGNIZE (PARTITION BY customer ORDER BY ts
MEASURES A.customer AS k, A.amount AS low, B.amount AS high ONE ROW PER MATCH AFTER MATCH SKIP PAST LAST ROW
PATTERN (A B) WITHIN INTERVAL '1' HOUR DEFINE A AS A.amount < 10, B AS B.amount > 100)"""
SESSION_FUNCTION = """SELECT customer AS k, window_start AS w, SUM(amount) AS s
FROM TABLE(SESSION(TABLE orders PARTITION BY customer, DESCRIPTOR(ts), INTERVAL '5' MINUTE))
GROUP BY customer, window_start, window_end"""
WINDOW_JOIN = """SELECT a.customer AS k, b.paid FROM (SELECT * FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTE))) AS a
JOIN (SELECT * FROM TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '5' MINUTE))) AS b
ON a.customer = b.customer AND a.window_start = b.window_start AND a.window_end = b.window_end"""
MATCHED = """SELECT customer AS k, amount FROM orders AS o
WHERE EXISTS (SELECT 1 FROM payments AS p WHERE p.customer = o.customer AND p.paid > o.amount)"""
BRANCHES = """SELECT customer AS k, amount AS v FROM orders
UNION ALL SELECT customer AS k, paid AS v FROM payments"""
TEMPORAL = """SELECT o.customer AS k, c.country FROM orders AS o
JOIN customers FOR SYSTEM_TIME AS OF o.ts AS c ON o.customer = c.customer"""
PLAIN = "SELECT customer AS k, amount FROM orders"
BOTH = """SELECT k, SUM(v) AS s FROM (SELECT customer AS k, amount AS v FROM orders
UNION ALL SELECT customer AS k, paid AS v FROM payments) GROUP BY k"""
TWICE = """SELECT a.customer AS k, SUM(a.amount) AS s FROM orders AS a JOIN orders AS b ON a.customer = b.customer
GROUP BY a.customer"""

LOSES = {
    # silently wrong
    "SUM to MAX on one accumulator type": (
        "SELECT customer AS k, SUM(qty) AS n FROM orders GROUP BY customer",
        "SELECT customer AS k, MAX(qty) AS n FROM orders GROUP BY customer",
    ),
    "MIN to MAX": (
        "SELECT customer AS k, MIN(qty) AS n FROM orders GROUP BY customer",
        "SELECT customer AS k, MAX(qty) AS n FROM orders GROUP BY customer",
    ),
    "aggregate calls swapped": (
        "SELECT customer AS k, SUM(amount) AS a, SUM(fee) AS b FROM orders GROUP BY customer",
        "SELECT customer AS k, SUM(fee) AS b, SUM(amount) AS a FROM orders GROUP BY customer",
    ),
    "aggregate calls swapped under the same names": (
        "SELECT customer AS k, SUM(amount) AS a, SUM(fee) AS b FROM orders GROUP BY customer",
        "SELECT customer AS k, SUM(fee) AS a, SUM(amount) AS b FROM orders GROUP BY customer",
    ),
    "another argument": (GROUPED, GROUPED.replace("SUM(amount)", "SUM(fee)")),
    "another argument behind the same name": (
        "SELECT k, SUM(v) AS s FROM (SELECT customer AS k, amount AS v FROM orders) GROUP BY k",
        "SELECT k, SUM(v) AS s FROM (SELECT customer AS k, fee AS v FROM orders) GROUP BY k",
    ),
    "an argument multiplied": (GROUPED, GROUPED.replace("SUM(amount)", "SUM(amount * 2)")),
    "FILTER added": (GROUPED, GROUPED.replace("SUM(amount)", "SUM(amount) FILTER (WHERE qty > 1)")),
    "a filter before an aggregate": (GROUPED, GROUPED.replace("orders GROUP", "orders WHERE qty > 1 GROUP")),
    "another filter before an aggregate": (
        GROUPED.replace("orders GROUP", "orders WHERE qty > 1 GROUP"),
        GROUPED.replace("orders GROUP", "orders WHERE qty > 2 GROUP"),
    ),
    "a filter on a text with signs in it": (
        GROUPED.replace("orders GROUP", "orders WHERE region = 'a, [b' GROUP"),
        GROUPED.replace("orders GROUP", "orders WHERE region = 'a, [c' GROUP"),
    ),
    "a key of the same type": (GROUPED, GROUPED.replace("customer", "region")),
    "a key expression": (
        GROUPED,
        "SELECT UPPER(customer) AS k, COUNT(*) AS n, SUM(amount) AS s FROM orders GROUP BY UPPER(customer)",
    ),
    "a window's size": (WINDOWED, WINDOWED.replace("'5'", "'10'")),
    "a legacy window's size": (LEGACY, LEGACY.replace("'5'", "'10'")),
    "a session's gap": (SESSIONS, SESSIONS.replace("'5'", "'10'")),
    "a window's kind": (
        LEGACY,
        LEGACY.replace("TUMBLE_START(ts, INTERVAL", "HOP_START(ts, INTERVAL '1' MINUTE, INTERVAL").replace(
            "TUMBLE(ts, INTERVAL", "HOP(ts, INTERVAL '1' MINUTE, INTERVAL"
        ),
    ),
    "a window to an unbounded aggregate": (
        LEGACY,
        "SELECT customer AS k, MAX(ts) AS w, SUM(amount) AS s FROM orders GROUP BY customer",
    ),
    "a Top-N made larger": (TOP, TOP.replace("rn <= 3", "rn <= 5")),
    "a Top-N reversed": (TOP, TOP.replace("DESC", "ASC")),
    "a Top-N by something else": (TOP, TOP.replace("ORDER BY amount", "ORDER BY fee")),
    "a Top-N that becomes keeping the last": (LAST.replace("rn = 1", "rn <= 2"), LAST),
    "keeping the first instead of the last": (LAST, LAST.replace("DESC", "ASC")),
    "an OVER frame": (OVER, OVER.replace("'10'", "'20'")),
    "a wider interval bound": (INTERVAL, INTERVAL.replace("'10'", "'20'")),
    "a filter before a join": (JOINED, JOINED + " WHERE o.qty > 1"),
    "another side of a self-join summed": (
        TWICE,
        TWICE.replace("SUM(a.amount)", "SUM(b.amount)"),
    ),
    "a branch of a union computed otherwise": (BOTH, BOTH.replace("paid AS v", "paid * 2 AS v")),
    "a branch added to a union": (
        BOTH,
        BOTH.replace("FROM payments)", "FROM payments UNION ALL SELECT customer AS k, fee AS v FROM orders)"),
    ),
    "branches of a union swapped": (
        BRANCHES,
        "SELECT customer AS k, paid AS v FROM payments UNION ALL SELECT customer AS k, amount AS v FROM orders",
    ),
    "sides of a join swapped": (
        JOINED,
        JOINED.replace("orders AS o JOIN payments AS p", "payments AS p JOIN orders AS o"),
    ),
    "a further condition of a semi join": (MATCHED, MATCHED.replace("p.paid > o", "p.paid < o")),
    "a session function's gap": (SESSION_FUNCTION, SESSION_FUNCTION.replace("'5'", "'10'")),
    "the windows of a window join": (WINDOW_JOIN, WINDOW_JOIN.replace("'5'", "'10'")),
    "what a pattern looks for": (PATTERN, PATTERN.replace("> 100", "> 200")),
    "a pattern": (PATTERN, PATTERN.replace("(A B)", "(A+ B)")),
    "how long a pattern may take": (PATTERN, PATTERN.replace("'1' HOUR", "'2' HOUR")),
    "a pattern that may take for ever": (PATTERN, PATTERN.replace("WITHIN INTERVAL '1' HOUR ", "")),
    # fails after it was submitted
    "a call added": (GROUPED, GROUPED.replace("SUM(amount) AS s", "SUM(amount) AS s, MAX(qty) AS m")),
    "a call removed": (GROUPED, GROUPED.replace(", SUM(amount) AS s", "")),
    "DISTINCT added": (
        "SELECT customer AS k, COUNT(id) AS n FROM orders GROUP BY customer",
        "SELECT customer AS k, COUNT(DISTINCT id) AS n FROM orders GROUP BY customer",
    ),
    "a key's type": (
        "SELECT qty AS k, COUNT(*) AS n FROM orders GROUP BY qty",
        "SELECT CAST(qty AS BIGINT) AS k, COUNT(*) AS n FROM orders GROUP BY CAST(qty AS BIGINT)",
    ),
    "a column added through a join": (JOINED, JOINED.replace("p.paid FROM", "p.paid, o.fee FROM")),
    "a column added through keeping the last": (LAST, LAST.replace("amount FROM", "amount, fee FROM")),
    "inner to left join": (JOINED, JOINED.replace("JOIN payments", "LEFT JOIN payments")),
    "a left join's further condition": (
        JOINED.replace("JOIN payments", "LEFT JOIN payments"),
        JOINED.replace("JOIN payments", "LEFT JOIN payments") + " AND o.amount > p.paid",
    ),
    # fails at the submission
    "a window function to an unbounded aggregate": (
        WINDOWED,
        "SELECT customer AS k, MAX(ts) AS w, SUM(amount) AS s FROM orders GROUP BY customer",
    ),
    "a legacy window to a window function": (LEGACY, WINDOWED),
    "an aggregate where there was none": (
        PLAIN,
        "SELECT customer AS k, SUM(amount) AS s FROM orders GROUP BY customer",
    ),
    "another input": (PLAIN, "SELECT customer AS k, paid AS amount FROM payments"),
    "an input more": (PLAIN, f"{PLAIN} UNION ALL SELECT customer AS k, paid AS amount FROM payments"),
    "another join key": (JOINED, JOINED.replace("o.customer = p.customer", "o.region = p.customer")),
}
OFFSETS = "SELECT customer AS k, MAX(`at`) AS n FROM orders GROUP BY customer"
NEWEST = """SELECT customer AS k, amount, ts, made FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY customer
ORDER BY ts DESC) AS rn FROM orders) WHERE rn = 1"""
LOSES_BY_SOURCE = {
    "a source topic": (GROUPED, Read(topic="orders.v2")),
    "a source topic of a job without state": (PLAIN, Read(topic="orders.v2")),
    "a key's nullability alone": (GROUPED, Read(types={"customer": "STRING NOT NULL"})),
    "an argument's type": (GROUPED, Read(types={"amount": "DECIMAL(12, 2)"})),
    "a number of Kafka's that becomes one of the record": (OFFSETS, Read(types={"at": "BIGINT"})),
    "the type of a column in a join": (JOINED, Read(types={"amount": "DECIMAL(12, 2)"})),
}
KEEPS = {
    "nothing": (GROUPED, GROUPED),
    "HAVING added": (GROUPED, f"{GROUPED} HAVING COUNT(*) > 1"),
    "HAVING added to a window": (WINDOWED, f"{WINDOWED} HAVING SUM(amount) > 1"),
    "a projection after the state": (GROUPED, GROUPED.replace("SUM(amount) AS s", "SUM(amount) * 2 AS s")),
    "a projection after a window": (WINDOWED, WINDOWED.replace("SUM(amount) AS s", "SUM(amount) + 1 AS s")),
    "other names of results": (
        GROUPED,
        GROUPED.replace("AS n", "AS orders_made").replace("AS s", "AS spent"),
    ),
    "names within the query": (
        "SELECT k, SUM(v) AS s FROM (SELECT customer AS k, amount AS v FROM orders) GROUP BY k",
        "SELECT who AS k, SUM(what) AS s FROM (SELECT customer AS who, amount AS what FROM orders) GROUP BY who",
    ),
    "a common table expression instead of a subquery": (
        "SELECT k, SUM(v) AS s FROM (SELECT customer AS k, amount AS v FROM orders) GROUP BY k",
        "WITH o AS (SELECT customer AS k, amount AS v FROM orders) SELECT k, SUM(v) AS s FROM o GROUP BY k",
    ),
    "a smaller Top-N": (TOP, TOP.replace("rn <= 3", "rn <= 2")),
    "a further condition of an inner join on columns that it keeps": (
        JOINED,
        f"{JOINED} AND o.amount > p.paid",
    ),
    "a filter where nothing is kept": (PLAIN, f"{PLAIN} WHERE qty > 1"),
    "a projection where nothing is kept": (PLAIN, PLAIN.replace("amount", "amount * 2 AS amount")),
    "a filter after a join": (
        TEMPORAL,
        f"{TEMPORAL} WHERE c.country <> 'x'",
    ),
}
KEEPS_BY_SOURCE = {
    "a column that is not used": (GROUPED, Read(types={"note": "STRING"})),
    "another event time where none counts": (GROUPED, Read(types={"made": "TIMESTAMP(3)"}, time="made")),
    "the type of a column that is not used": (GROUPED, Read(types={"region": "INT"})),
}


@pytest.mark.parametrize("change", LOSES)
def test_a_change_that_loses_state_is_told(gateway: Gateway, change: str) -> None:
    before, after = LOSES[change]
    assert lost_state(state_of(gateway, before, Read()), state_of(gateway, after, Read()))


@pytest.mark.parametrize("change", LOSES_BY_SOURCE)
def test_a_source_that_loses_state_is_told(gateway: Gateway, change: str) -> None:
    query, read = LOSES_BY_SOURCE[change]
    before = Read(types={"at": "BIGINT METADATA FROM 'offset' VIRTUAL"})
    assert lost_state(state_of(gateway, query, before), state_of(gateway, query, read))


def test_keeping_the_last_by_another_time_is_told(gateway: Gateway) -> None:
    made = {"made": "TIMESTAMP(3)"}
    before = state_of(gateway, NEWEST, Read(types=made))
    after = state_of(gateway, NEWEST.replace("BY ts", "BY made"), Read(types=made, time="made"))
    assert lost_state(before, after)


@pytest.mark.parametrize("change", KEEPS)
def test_a_change_that_keeps_state_is_let_through(gateway: Gateway, change: str) -> None:
    before, after = KEEPS[change]
    assert lost_state(state_of(gateway, before, Read()), state_of(gateway, after, Read())) == ()


@pytest.mark.parametrize("change", KEEPS_BY_SOURCE)
def test_a_source_that_keeps_state_is_let_through(gateway: Gateway, change: str) -> None:
    query, read = KEEPS_BY_SOURCE[change]
    assert lost_state(state_of(gateway, query, Read()), state_of(gateway, query, read)) == ()


def test_a_plan_is_written_down_so_that_people_can_read_it(gateway: Gateway) -> None:
    said = state_of(gateway, GROUPED.replace("orders GROUP", "orders WHERE qty > 1 GROUP"), Read())
    assert said[1:] == [
        "GroupAggregate(groupBy=[orders.customer STRING], calls=[COUNT(*), SUM(orders.amount DECIMAL(10, 2))])",
        "  Exchange(distribution=[hash[orders.customer STRING]])",
        "  where (orders.qty INT > 1)",
        "  reads orders",
    ]
