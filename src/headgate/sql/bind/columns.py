"""Names of columns, resolved."""

from __future__ import annotations

from sqlglot import exp

from headgate.schema.types import UNKNOWN, DataType
from headgate.sql.bind._model import TRANSFORM, UNKNOWN_VALUE, Scope, Value, changed, similar


def column(node: exp.Expr, scope: Scope) -> Value:
    """The value of a column, or of a field of one; an unknown name is a fault, and unknown from there on."""
    quick = _quick(node, scope) if scope.binder.types is None else None
    if quick is not None:
        return quick
    parts = _parts(node)
    found = resolve(parts, scope, node)
    if found is None:
        _unknown(parts, scope, node)
        return UNKNOWN_VALUE
    return found


def _quick(node: exp.Expr, scope: Scope) -> Value | None:
    """The value of a name that is a column of this SELECT and may stand here, as nearly all are."""
    args = node.args
    name = args["this"]
    if type(name) is not exp.Identifier:
        return None
    table = args.get("table")
    if table is None:
        found = scope.names.get(name.args["this"])
    elif args.get("db") is None and type(table) is exp.Identifier:
        source = scope.source(table.args["this"])
        found = source.rows.columns.get(name.args["this"]) if source is not None else None
    else:
        return None
    grouping = scope.grouping
    if found is None or grouping is None or scope.inside:
        return found
    return grouping.values.get(id(found))


def _parts(node: exp.Expr) -> list[str]:
    args = node.args
    parts = [_text(args["this"])]
    table = args.get("table")
    if table is not None:
        parts.insert(0, _text(table))
        for name in ("db", "catalog"):
            identifier = args.get(name)
            if identifier is None:
                break
            parts.insert(0, _text(identifier))
    return parts


def _text(node: exp.Expr | str) -> str:
    if isinstance(node, str):
        return node
    found: str = node.args["this"] if type(node) is exp.Identifier else node.name
    return found


def resolve(parts: list[str], scope: Scope, node: exp.Expr) -> Value | None:
    """The value a dotted name stands for, looked up from the innermost SELECT outwards."""
    found = _look(parts, scope, node)
    if found is not None:
        return _grouped(found, scope, parts, node)
    parent = scope.parent
    while parent is not None:
        found = _look(parts, parent, node)
        if found is not None:
            scope.correlated = True
            return found
        parent = parent.parent
    return None


def _look(parts: list[str], scope: Scope, node: exp.Expr) -> Value | None:
    first = parts[0]
    if len(parts) > 1:
        source = scope.source(first)
        if source is not None:
            value = source.rows.columns.get(parts[1])
            if value is None:
                return Value(UNKNOWN, source.rows.given) if source.rows.open else None
            return _field(value, (first, *parts[1:]), 2, scope, node)
    names = scope.names
    if first in names:
        value = names[first]
        if value is None:
            owners = [s.alias for s in scope.sources if first in s.rows.columns]
            shown = " and ".join(f"`{o}`" for o in owners[:3])
            advice = f"write `{owners[0]}.{first}`" if owners else ""
            scope.binder.fault("HGQ012", f"`{first}` is a column of {shown}", node, advice)
            return UNKNOWN_VALUE
        alias = ""
        if scope.binder.types is not None:
            alias = next((s.alias for s in scope.sources if s.rows.columns.get(first) is value), "")
        return _field(value, (alias, *parts), 2, scope, node)
    if scope.open and len(parts) == 1:
        return scope.anything()
    return None


def _field(value: Value, path: tuple[str, ...], at: int, scope: Scope, node: exp.Expr) -> Value:
    out = scope.binder.types
    if out is not None:
        out.columns[id(node)] = path
    if len(path) == at:
        return value
    type_ = value.type
    nullable = type_.nullable
    for name in path[at:]:
        if type_.name == "UNKNOWN":
            break
        found = next((f.type for f in type_.fields if f.name == name), None)
        if found is None:
            known = [f.name for f in type_.fields]
            scope.binder.fault(
                "HGQ010", f"`{'.'.join(path[1:at])}` has no field `{name}`", node, similar(name, known)
            )
            type_ = UNKNOWN
            break
        nullable |= found.nullable
        type_ = found
    return Value(type_.as_nullable(nullable), changed(value.links, TRANSFORM))


def field_of(value: Value, name: str, scope: Scope, node: exp.Expr) -> Value:
    """The field `name` of a row."""
    type_ = value.type
    if type_.name == "UNKNOWN":
        return Value(UNKNOWN, changed(value.links, TRANSFORM))
    found: DataType | None = next((f.type for f in type_.fields if f.name == name), None)
    if found is None:
        scope.binder.fault(
            "HGQ010",
            f"{type_.text} has no field `{name}`",
            node,
            similar(name, [f.name for f in type_.fields]),
        )
        found = UNKNOWN
    return Value(found.as_nullable(found.nullable or type_.nullable), changed(value.links, TRANSFORM))


def _grouped(value: Value, scope: Scope, parts: list[str], node: exp.Expr) -> Value:
    grouping = scope.grouping
    if grouping is None or scope.inside or value.type.name == "UNKNOWN":
        return value
    kept = grouping.values.get(id(value))
    if kept is not None:
        return kept
    if len(parts) > 1 and _of_grouped(parts, scope):
        return value
    name = parts[-1]
    scope.binder.fault(
        "HGQ030",
        f"`{name}` is neither grouped by nor aggregated",
        node,
        f"add `{name}` to GROUP BY, or aggregate it",
    )
    return UNKNOWN_VALUE


def _of_grouped(parts: list[str], scope: Scope) -> bool:
    grouping = scope.grouping
    assert grouping is not None
    source = scope.source(parts[0])
    whole = source.rows.columns.get(parts[1]) if source is not None else scope.names.get(parts[0])
    return whole is not None and id(whole) in grouping.values


def _unknown(parts: list[str], scope: Scope, node: exp.Expr) -> None:
    name = parts[-1]
    if len(parts) > 1 and scope.source(parts[0]) is None and parts[0] not in scope.names:
        aliases = [s.alias for s in scope.sources if s.alias]
        scope.binder.fault("HGQ011", f"no table `{parts[0]}` in this query", node, similar(parts[0], aliases))
        return
    source = scope.source(parts[0]) if len(parts) > 1 else None
    known = list(source.rows.columns) if source is not None else list(scope.names)
    where = f" in `{parts[0]}`" if source is not None else ""
    at = name if source is None else parts[1]
    scope.binder.fault("HGQ010", f"no column `{at}`{where}", node, similar(at, known))
