"""A project with many unit tests of a windowed aggregation, each with a late row."""

from __future__ import annotations

from pathlib import Path

_PROJECT = """\
name: unit_tests
sources:
  - name: payments
    columns:
      - {name: customer_id, data_type: string}
      - {name: amount, data_type: bigint}
      - {name: at, data_type: timestamp(3)}
    event_time: {column: at, max_out_of_orderness: 5 seconds}
models:
  - name: balance
    materialized: flink_stream
    sql: |
      SELECT customer_id, window_start, SUM(amount) AS total
      FROM TABLE(TUMBLE(TABLE {{ source("payments") }}, DESCRIPTOR(at), INTERVAL '5' MINUTES))
      GROUP BY customer_id, window_start, window_end
unit_tests:
"""
_TEST = """\
  - name: test_{n}
    model: balance
    given:
      - input: source("payments")
        rows:
          - {{customer_id: c1, amount: {n}, at: "2026-01-01 00:00:01"}}
          - {{customer_id: c1, amount: 900, at: "2026-01-01 00:05:10"}}
          - {{customer_id: c1, amount: 7, at: "2026-01-01 00:00:02"}}
    expect:
      rows:
        - {{customer_id: c1, window_start: "2026-01-01 00:00:00", total: {n}}}
        - {{customer_id: c1, window_start: "2026-01-01 00:05:00", total: 900}}
      late: 1
"""


def write_unit_test_project(root: Path, tests: int) -> None:
    """Writes a project with that many unit tests."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "headgate.yml").write_text(_PROJECT + "".join(_TEST.format(n=n) for n in range(tests)))
