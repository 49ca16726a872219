"""UNION, INTERSECT and EXCEPT."""

from __future__ import annotations

from sqlglot import exp

from headgate.schema.types import UNKNOWN
from headgate.sql.bind._model import MARKED, NO_LINKS, PROCTIME, ROWTIME, Binder, Links, Rows, Value, joined
from headgate.sql.facts import Why
from headgate.sql.typing import common


def one_of(found: list[Value], node: exp.Expr, binder: Binder, what: str) -> Value:
    """One value that is each of `found` in turn; a fault where they have no common type."""
    type_ = common(v.type for v in found)
    if type_ is None:
        shown = " and ".join(dict.fromkeys(v.type.text for v in found))
        binder.fault("HGQ024", f"{what} has no common type: {shown}", node, "cast them to one type")
        type_ = UNKNOWN
    links: Links = NO_LINKS
    for one in found:
        links = joined(links, one.links)
    times = {v.time for v in found}
    time = ""
    if len(times) == 1:
        time = times.pop()
    elif times <= {ROWTIME, MARKED}:
        time = MARKED
    first = found[0]
    same_window = first.window is not None and all(
        v.window is not None and v.window.shape == first.window.shape and v.part == first.part for v in found
    )
    return Value(type_, links, time, first.window if same_window else None, first.part if same_window else "")


def set_operation(node: exp.SetOperation, left: Rows, right: Rows, binder: Binder) -> Rows:
    """The rows of a set operation; its columns are named by the left side."""
    kind = {exp.Union: "UNION", exp.Intersect: "INTERSECT", exp.Except: "EXCEPT"}.get(
        type(node), "set operation"
    )
    every = not node.args.get("distinct", True)
    if left.open or right.open:
        known = left if not left.open else right
        return Rows({n: Value(UNKNOWN) for n in known.columns}, open=not known.columns)
    if len(left.columns) != len(right.columns):
        binder.fault(
            "HGQ024",
            f"{kind} of {len(left.columns)} and {len(right.columns)} columns",
            node.expression,
            "give both sides the same columns in the same order",
        )
        return Rows({n: Value(UNKNOWN) for n in left.columns})
    columns: dict[str, Value] = {}
    for (name, a), b in zip(left.columns.items(), right.columns.values(), strict=True):
        if kind == "EXCEPT":
            made = one_of([a, b], node.expression, binder, f"column `{name}` of {kind}")
            made.type = made.type if made.type.name == "UNKNOWN" else made.type.as_nullable(a.type.nullable)
            made.links = a.links
            binder.influence_of(b, Why.FILTER)
        else:
            made = one_of([a, b], node.expression, binder, f"column `{name}` of {kind}")
        columns[name] = made
    updating = left.updating or right.updating
    blame = left.blame or right.blame
    if kind == "UNION" and every:
        return Rows(columns, updating, (), (), blame)
    for made in columns.values():
        if made.time in (ROWTIME, PROCTIME):
            made.time = MARKED
    binder.operator("set_operation", f"{kind}{' ALL' if every else ''}", node, unbounded=True)
    keys = () if every else (tuple(columns.values()),)
    return Rows(columns, True, keys, (), blame or kind)
