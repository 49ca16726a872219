"""Writes the inputs of the conformance cases: `python tools/flink/make_inputs.py`; the same bytes every time.

`late/` has rows behind the watermark, `calm/` has rows out of order that are not. Tables that stand beside both have
neither.
"""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

INPUTS = Path(__file__).resolve().parents[2] / "tests/conformance/inputs"
START = dt.datetime(2026, 1, 1)
Row = dict[str, Any]


def iso(time: dt.datetime) -> str:
    return time.isoformat(timespec="milliseconds")


def seconds(number: float) -> dt.timedelta:
    return dt.timedelta(milliseconds=round(number * 1000))


def orders(rnd: random.Random, late: bool) -> list[Row]:
    rows: list[Row] = []
    now = START
    for i in range(120):
        now += seconds(rnd.randint(500, 20_000) / 1000)
        behind = rnd.randint(60, 600) if late and rnd.random() < 0.15 else rnd.randint(0, 4500) / 1000
        rows.append(
            {
                "order_id": i if rnd.random() > 0.12 else rnd.randint(0, i),
                "user_id": f"u{rnd.randint(0, 5)}",
                "amount": f"{rnd.randint(0, 10_000) / 100:.2f}",
                "qty": rnd.randint(1, 9) if rnd.random() > 0.05 else None,
                "status": rnd.choice(["new", "paid", "shipped", None]),
                "currency": rnd.choice(["EUR", "USD", "GBP"]),
                "ts": iso(now - seconds(behind)),
                "_timestamp": iso(now),
            }
        )
    return rows


def payments(rnd: random.Random, bought: list[Row], late: bool) -> list[Row]:
    rows: list[Row] = []
    for i, order in enumerate(bought):
        if rnd.random() < 0.3:
            continue
        time = dt.datetime.fromisoformat(order["ts"]) + seconds(rnd.randint(-60, 500))
        behind = rnd.randint(30, 400) if late and rnd.random() < 0.1 else rnd.randint(0, 4500) / 1000
        rows.append(
            {
                "pay_id": i,
                "order_id": order["order_id"] if rnd.random() > 0.05 else 900 + i,
                "paid": order["amount"],
                "ts": iso(time),
                "_timestamp": iso(time + seconds(behind)),
            }
        )
    return sorted(rows, key=lambda row: str(row["_timestamp"]))


def rates() -> list[Row]:
    """A version a minute; GBP starts late, is deleted, and comes back."""
    rows: list[Row] = []
    known: dict[str, Row] = {}
    for minute in range(22):
        for offset, currency in enumerate(("EUR", "USD", "GBP")):
            time = iso(START + seconds(60 * minute + offset))
            base = {"currency": currency, "rate": f"{1 + minute / 100 + offset / 10:.4f}", "ts": time}
            if currency == "GBP" and (minute < 3 or 9 <= minute < 13):
                if minute == 9:
                    rows.append({**known[currency], "ts": time, "_op": "-D", "_timestamp": time})
                    del known[currency]
                continue
            rows.append({**base, "_op": "+U" if currency in known else "+I", "_timestamp": time})
            known[currency] = base
    return rows


def customers(rnd: random.Random) -> list[Row]:
    """The newest row of each id counts; u5 has none, u6 buys nothing, u4 is deleted."""
    rows: list[Row] = []
    for step in range(24):
        who = rnd.choice(["u0", "u1", "u2", "u3", "u4", "u6"])
        time = iso(START + seconds(45 * step))
        op = "-D" if step == 20 else "+U"
        who = "u4" if step in (3, 20) else ("u0" if step > 20 and who == "u4" else who)
        name = {"u0": "Ada", "u1": "Bob", "u2": "Eve", "u3": None, "u4": "Dan", "u6": "Zoe"}[who]
        row = {"id": who, "name": name, "tier": rnd.choice(["gold", "base"]), "credit": rnd.randint(0, 500)}
        rows.append({**row, "updated_at": time, "_op": op, "_timestamp": time})
    return rows


def things() -> list[Row]:
    """Edge values of every type, nulls among them."""
    table: list[tuple[Any, ...]] = [
        (
            1,
            7,
            7_000_000_000,
            3,
            1,
            "10.50",
            "1.125",
            1.5,
            2.25,
            "Hello World",
            "abc",
            True,
            "2026-01-31",
            "10:20:30",
        ),
        (
            2,
            -7,
            -3,
            -3,
            -1,
            "-10.50",
            "-1.125",
            -1.5,
            -2.25,
            "  padded  ",
            "x,y,z",
            False,
            "2024-02-29",
            "00:00:00",
        ),
        (3, 2, 2, 2, 2, "0.01", "0.001", 0.1, 0.1, "a,b,,c", "", True, "1999-12-31", "23:59:59"),
        (4, None, None, None, None, None, None, None, None, None, None, None, None, None),
        (5, 0, 0, 0, 0, "0.00", "0.000", 0.0, 0.0, "", "zero", False, "1970-01-01", "12:00:00"),
        (
            6,
            2147483647,
            9007199254740993,
            32767,
            127,
            "99999999.99",
            "99.999",
            3.25,
            1e15,
            "Grüße 東京",
            "Ünï",
            True,
            "2026-12-31",
            "06:07:08",
        ),
        (7, 5, 10, 5, 5, "2.50", "2.500", 2.5, 2.5, "12", "42", None, "2026-03-01", "18:30:00"),
        (
            8,
            -5,
            -10,
            -5,
            -5,
            "-2.50",
            "-2.500",
            -2.5,
            -2.5,
            "AbC def-ghi",
            "%_",
            False,
            "2026-02-28",
            "01:02:03",
        ),
        (
            9,
            3,
            3,
            3,
            3,
            "3.33",
            "3.333",
            0.333,
            3.5,
            "2026-01-02 03:04:05",
            "k1=v1",
            True,
            "2025-06-15",
            "09:09:09",
        ),
        (10, 100, 100, 100, 100, "19.99", "1.999", 1e-3, -0.5, "null", "NULL", None, "2026-07-04", None),
    ]
    names = ("id", "i", "b", "s", "t", "d", "e", "f", "x", "str", "v", "ok", "dt", "tm")
    payloads = [
        '{"a":{"b":"deep"},"n":5,"arr":[1,2,3],"x":null,"flag":true,"f":1.5,"txt":"t"}',
        '{"a":{"b":7},"n":"12","arr":[],"rows":[{"k":1},{"k":2}]}',
        "not json",
        None,
        "{}",
        '{"a":{"b":{"c":1}},"n":-3,"arr":["x"],"txt":"Grüße"}',
        "[1,2,3]",
        '{"n":null,"a":null}',
        '{"a":{"b":""},"txt":"with \\"quotes\\""}',
        '"just text"',
    ]
    rows: list[Row] = []
    for i, values in enumerate(table):
        time = START + seconds(61.007 * i)
        row: Row = dict(zip(names, values, strict=True))
        row["j"] = payloads[i]
        row["tags"] = [
            ["a", "b"],
            [],
            None,
            ["c", None],
            ["a", "a", "d"],
            ["東"],
            ["x"],
            ["y", "z"],
            ["k"],
            [],
        ][i]
        row["items"] = None if i == 2 else [{"sku": f"s{i}{k}", "n": k * i} for k in range(i % 4)]
        row["attrs"] = None if i == 3 else {"k": f"v{i}", **({"m": None} if i % 3 == 0 else {})}
        row["addr"] = None if i == 5 else {"city": f"C{i}", "zip": i * 100 if i % 4 else None}
        row["ts2"] = (
            None if i == 4 else iso(time + dt.timedelta(days=40 * i, seconds=i * 3599, milliseconds=999))
        )
        row["at"] = iso(time + seconds(0.5))
        row["ts"] = iso(time)
        row["_timestamp"] = iso(time)
        rows.append(row)
    return rows


def write(name: str, rows: Iterable[Row]) -> None:
    path = INPUTS / f"{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def main() -> None:
    for name, late in (("late", True), ("calm", False)):
        rnd = random.Random(3)
        bought = orders(rnd, late)
        write(f"{name}/orders", bought)
        write(f"{name}/payments", payments(rnd, bought, late))
    write("rates", rates())
    write("customers", customers(random.Random(5)))
    write("things", things())


if __name__ == "__main__":
    main()
