"""Projects of any size: a layered graph of filters, windows, joins and deduplications, with contracts, tests and uses."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

COLUMNS = (
    ("id", "bigint"),
    ("user_id", "string"),
    ("amount", "decimal(12,2)"),
    ("qty", "int"),
    ("status", "string"),
    ("currency", "string"),
    ("country", "string"),
    ("note", "string"),
    ("score", "double"),
    ("flag", "boolean"),
    ("tier", "string"),
    ("ts", "timestamp(3)"),
)
"""Every stream has these twelve, so that any model can read any other."""

PER_FILE = 10


@dataclass(frozen=True, slots=True)
class Shape:
    """How many models, and in how many layers."""

    models: int
    depth: int
    seed: int = 1


def write_project(root: Path, shape: Shape) -> None:
    """Writes the project of that shape; the same shape gives the same bytes."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "headgate.yml").write_text(_HEAD)
    rnd = random.Random(shape.seed)
    sources = [f"src_{i}" for i in range(max(5, shape.models // 50))]
    (root / "sources.yml").write_text("sources:\n" + "".join(_source(name) for name in sources))
    models = list(_models(rnd, shape, sources))
    folder = root / "models"
    folder.mkdir(exist_ok=True)
    for start in range(0, len(models), PER_FILE):
        part = models[start : start + PER_FILE]
        (folder / f"m{start // PER_FILE:05}.yml").write_text("models:\n" + "".join(text for _, text in part))
    names = [name for name, _ in models]
    (root / "uses.yml").write_text(_uses(names))
    (root / "tests.yml").write_text(_tests(names))


_HEAD = """\
name: bench
version: "1.0"
defaults: {cluster: main, owner: team-bench}
roles:
  - {name: analyst, principals: ["User:analyst"]}
  - {name: engine, clearance: highly_sensitive, principals: ["User:engine"]}
groups:
  - {name: everyone, owner: {name: Everyone}, members: [team-bench]}
"""


def _contract(indent: str) -> str:
    lines = []
    for name, type_ in COLUMNS:
        extra = ", constraints: [not_null]" if name == "id" else ""
        extra += ", classification: confidential" if name == "user_id" else ""
        lines.append(f'{indent}- {{name: {name}, data_type: "{type_}"{extra}}}\n')
    return "".join(lines)


def _source(name: str) -> str:
    return (
        f"  - name: {name}\n    topic: {name}.v1\n    format: avro\n    key: id\n    columns:\n{_contract('      ')}"
        "    event_time: {column: ts, max_out_of_orderness: 5 seconds}\n"
    )


def _models(rnd: random.Random, shape: Shape, sources: list[str]) -> Iterator[tuple[str, str]]:
    """Models in layers: a model reads one of the layer before it, and where it joins, any earlier stream."""
    layers: list[list[str]] = [sources]
    per_layer = max(1, shape.models // shape.depth)
    made = 0
    while made < shape.models:
        size = min(per_layer, shape.models - made) if len(layers) < shape.depth else shape.models - made
        layer = []
        for _ in range(size):
            name = f"model_{made}"
            before = rnd.choice(layers[-1])
            other = rnd.choice(rnd.choice(layers))
            yield name, _model(rnd, made, name, before, other, set(sources))
            layer.append(name)
            made += 1
        layers.append(layer)


def _model(rnd: random.Random, i: int, name: str, a: str, b: str, sources: set[str]) -> str:
    def read(stream: str) -> str:
        return f'{{{{ {"source" if stream in sources else "ref"}("{stream}") }}}}'

    pick = rnd.random()
    limit = rnd.randint(1, 1000)
    if pick < 0.45:
        kind, sql = "filter", _FILTER.format(a=read(a), n=limit, d=i % 9)
    elif pick < 0.65:
        kind, sql = "window", _WINDOW.format(a=read(a), n=limit, m=1 + i % 30)
    elif pick < 0.85:
        kind, sql = "interval", _INTERVAL.format(a=read(a), b=read(b), n=limit)
    else:
        kind, sql = "union", _UNION.format(a=read(a), b=read(b), n=limit)
    lines = "".join(f"      {line}\n" for line in sql.strip().splitlines())
    return (
        f"  - name: {name}\n    description: The {kind} number {i}.\n    materialized: flink_stream\n    key: id\n"
        f"    config: {{contract: {{enforced: true}}}}\n    columns:\n{_contract('      ')}    sql: |\n{lines}"
    )


_FILTER = """
SELECT
  t.id,
  t.user_id,
  CAST(t.amount * 1.{d}2 AS DECIMAL(12, 2)) AS amount,
  t.qty + {d} AS qty,
  CONCAT(t.status, '-', t.country) AS status,
  COALESCE(t.currency, 'EUR') AS currency,
  UPPER(t.country) AS country,
  t.note,
  t.score * 2 AS score,
  t.flag,
  CASE
    WHEN t.amount > {n} THEN 'high'
    WHEN t.qty > 3 THEN 'mid'
    ELSE 'low'
  END AS tier,
  t.ts
FROM {a} AS t
WHERE t.amount > {n}
  AND t.status IN ('new', 'paid', 'shipped')
  AND t.country IS NOT NULL
"""

_WINDOW = """
WITH filtered AS (
  SELECT id, user_id, amount, qty, status, currency, country, note, score, flag, tier, ts
  FROM {a}
  WHERE status <> 'cancelled' AND amount > 0
)
SELECT
  MIN(id) AS id,
  user_id,
  CAST(SUM(amount) AS DECIMAL(12, 2)) AS amount,
  SUM(qty) AS qty,
  MAX(status) AS status,
  MAX(currency) AS currency,
  country,
  MAX(note) AS note,
  AVG(score) AS score,
  COUNT(*) > {n} AS flag,
  MIN(tier) AS tier,
  window_time AS ts
FROM TABLE(
  TUMBLE(TABLE filtered, DESCRIPTOR(ts), INTERVAL '{m}' MINUTES))
GROUP BY window_start, window_end, window_time, user_id, country
HAVING SUM(amount) > {n}
"""

_INTERVAL = """
SELECT
  o.id,
  o.user_id,
  o.amount,
  s.qty,
  s.status,
  o.currency,
  o.country,
  CONCAT(o.note, s.note) AS note,
  o.score,
  s.flag,
  CASE WHEN s.amount > {n} THEN s.tier ELSE o.tier END AS tier,
  o.ts
FROM {a} AS o
JOIN {b} AS s
  ON o.id = s.id
 AND s.ts BETWEEN o.ts AND o.ts + INTERVAL '4' HOUR
WHERE o.status = 'paid'
"""

_UNION = """
SELECT id, user_id, amount, qty, status, currency, country, note, score, flag, tier, ts
FROM {a}
WHERE amount > {n}
UNION ALL
SELECT id, user_id, amount, qty, LOWER(status) AS status, currency, country, note, score, flag, tier, ts
FROM {b}
WHERE amount <= {n}
"""


def _uses(names: list[str]) -> str:
    lines = ["exposures:\n"]
    for i, name in enumerate(names[::10]):
        lines.append(
            f"  - name: use_{i}\n    type: application\n    owner: team-bench\n    consumes: ['ref(\"{name}\")']\n"
            "    access: {allowed_roles: [engine], purpose: serving}\n"
        )
    return "".join(lines)


def _tests(names: list[str]) -> str:
    lines = ["tests:\n"]
    for i, name in enumerate(names[::5]):
        lines.append(
            f"  - name: test_{i}\n    model: {name}\n    type: streaming\n    assertions:\n"
            "      - not_null: {column: id}\n      - allowed_values: {column: tier, values: [high, mid, low]}\n"
        )
    return "".join(lines)
