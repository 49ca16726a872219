"""What the binder works with: values of rows, the rows of a query, the scope of a SELECT, and what was found so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from sqlglot import exp

from headgate.schema.types import UNKNOWN, DataType
from headgate.sql.facts import Exactness, Fault, How, Influence, Operator, Relation, Why
from headgate.sql.nodes import span

LEVELS = (How.IDENTITY, How.PICK, How.TEXT_CAST, How.TRANSFORM, How.AGGREGATE)
IDENTITY, PICK, TEXT_CAST, TRANSFORM, AGGREGATE = range(5)

Links = Mapping[tuple[str, str], int]
NO_LINKS: Links = {}

ROWTIME, PROCTIME = "rowtime", "proctime"
MARKED = "marked"
"""Still called a rowtime by Flink's planner after arithmetic, though no window function takes it."""


@dataclass(slots=True, eq=False)
class Window:
    """One use of a window function; its columns are known by it wherever they go.

    Two windows are of one shape where `shape` is equal: only those join as windows.
    """

    kind: str
    shape: tuple[object, ...]
    detail: str
    waits_ms: int
    partition: tuple[Value, ...] = ()
    aggregated: bool = False


@dataclass(slots=True, eq=False)
class Ranking:
    """A ROW_NUMBER, RANK or DENSE_RANK column: a Top-N if a filter bounds it, an OVER aggregate if none does."""

    function: str
    node: exp.Window
    partition: tuple[Value, ...]
    order: tuple[tuple[Value, bool], ...]
    used: bool = False


@dataclass(slots=True, eq=False)
class Value:
    """A value that every row has. It is one object wherever it is passed on unchanged, so `is` means the same value.

    `part` is "start", "end" or "time" of `window`. `widened` is the value that this one is a lossless cast of.
    """

    type: DataType
    links: Links = field(default_factory=dict)
    time: str = ""
    window: Window | None = None
    part: str = ""
    rank: Ranking | None = None
    widened: Value | None = None
    constant: bool = False

    def copied(self, *, nullable: bool = False, time: str | None = None) -> Value:
        """The same as another value, nullable if that is asked for, with another time mark if one is given."""
        type_ = self.type.as_nullable() if nullable else self.type
        return Value(
            type_, self.links, self.time if time is None else time, self.window, self.part, self.rank
        )


UNKNOWN_VALUE = Value(UNKNOWN)

Key = tuple[Value, ...]


@dataclass(slots=True, eq=False)
class Rows:
    """The rows of a table or query: their columns by name, whether they are updated later, and their unique keys.

    `pending` are rank columns of which it is not known yet whether a filter bounds them.
    """

    columns: dict[str, Value]
    updating: bool = False
    keys: tuple[Key, ...] = ()
    pending: tuple[Ranking, ...] = ()
    blame: str = ""
    """What makes these rows updating, for people."""
    open: bool = False
    """Its columns are not known, so none is unknown."""
    given: Links = field(default_factory=dict)
    """What flows into the columns of rows that are `open`, all of it into each."""
    filtered: bool = False
    """A condition lets some of their updates through and others not."""

    def keys_within(self, values: set[int]) -> tuple[Key, ...]:
        """The keys whose values are all among those with these identities."""
        return tuple(k for k in self.keys if all(id(v) in values for v in k))


@dataclass(slots=True, eq=False)
class Source:
    """A table of FROM under its name there."""

    alias: str
    rows: Rows


@dataclass(slots=True, eq=False)
class Grouping:
    """What a grouped SELECT may use outside of aggregates."""

    values: dict[int, Value]
    expressions: list[tuple[exp.Expr, Value]]
    kinds: frozenset[type]
    window: Window | None = None
    keyed: bool = True


@dataclass(slots=True, eq=False)
class Scope:
    """Where names of one SELECT are looked up, and in which of its clauses we are.

    `clause` is "" where aggregates may stand, else the clause that refuses them.
    """

    binder: Binder
    sources: list[Source] = field(default_factory=list)
    names: dict[str, Value | None] = field(default_factory=dict)
    parent: Scope | None = None
    grouping: Grouping | None = None
    inside: str = ""
    clause: str = ""
    aggregated: bool = False
    open: bool = False
    correlated: bool = False
    direct: bool = False
    """Its rows are those of one input as they arrive."""
    windows: dict[str, exp.Expr] = field(default_factory=dict)
    overs: list[Over] = field(default_factory=list)
    nested: dict[int, exp.Expr] = field(default_factory=dict)
    """Queries used in expressions, by identity, that are not known to be semi joins."""
    named: dict[str, Value] = field(default_factory=dict)
    """Names of the SELECT list, for ORDER BY."""

    def add(self, source: Source) -> None:
        """Make a table's columns known."""
        self.sources.append(source)
        names = self.names
        for name, value in source.rows.columns.items():
            names[name] = None if name in names else value
        self.open |= source.rows.open

    def anything(self) -> Value:
        """A column that may be of any table whose columns are not known."""
        links: Links = NO_LINKS
        for source in self.sources:
            if source.rows.open:
                links = joined(links, source.rows.given)
        return Value(UNKNOWN, links)

    def source(self, alias: str) -> Source | None:
        for source in self.sources:
            if source.alias == alias:
                return source
        return None

    def resume(self) -> None:
        """Make names anew after the values of sources were replaced."""
        self.names.clear()
        sources, self.sources = self.sources, []
        for source in sources:
            self.add(source)


@dataclass(slots=True, eq=False)
class Over:
    """An OVER aggregate of a SELECT."""

    node: exp.Window
    function: str
    partition: tuple[Value, ...]
    order: tuple[tuple[Value, bool], ...]


@dataclass(frozen=True, slots=True)
class Named:
    """A column as a scope has it: the alias of its table there, its name, type and mark of time or window."""

    alias: str
    name: str
    type: DataType
    time: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an interval join compares: the columns, by alias and name, and the least and greatest milliseconds from the left
    to the right; `time` says whether that is event time or processing time.
    """

    left: tuple[str, str]
    right: tuple[str, str]
    lower: int
    upper: int
    time: str


@dataclass(slots=True)
class TypesOut:
    """What the binder can tell the rewrite of the same tree, by `id` of its nodes; valid as long as the tree lives.

    - `types`: the type of every expression.
    - `columns`: for an `exp.Column` the alias of its table and the name of the column there, then the fields of a row.
    - `sources`: for an `exp.Select` the columns that its FROM gives, in order.
    - `outputs`: for an `exp.Select` or set operation the columns it gives.
    - `kinds`: for an `exp.Join` the kind of its operator (`interval_join`, `temporal_join`, …); for an `exp.Select` what it
      does beside projecting: `window_aggregate`, `group_aggregate`, `top_n`, `deduplicate`, `window_top_n`, `over`,
      `distinct`, separated by spaces; for an `exp.In` or `exp.Exists` `semi_join` or `anti_join`, with `window_join` if it
      compares windows.
    - `bounds`: for the `exp.Join` of an interval join what it compares.
    """

    types: dict[int, DataType] = field(default_factory=dict)
    columns: dict[int, tuple[str, ...]] = field(default_factory=dict)
    sources: dict[int, tuple[Named, ...]] = field(default_factory=dict)
    outputs: dict[int, tuple[Named, ...]] = field(default_factory=dict)
    kinds: dict[int, str] = field(default_factory=dict)
    bounds: dict[int, Bounds] = field(default_factory=dict)

    def add_kind(self, node: exp.Expr, kind: str) -> None:
        """Say one more thing that a node does."""
        known = self.kinds.get(id(node), "")
        if kind not in known.split():
            self.kinds[id(node)] = f"{known} {kind}".strip()


class Binder:
    """The findings about one query, as they are gathered. `query` binds a nested query."""

    def __init__(
        self,
        text: str,
        relations: Mapping[str, Relation],
        types: TypesOut | None,
        query: Callable[[Binder, exp.Expr, Mapping[str, Rows], Scope | None], Rows],
    ) -> None:
        self.text = text
        self.relations = relations
        self.types = types
        self.query = query
        self.named: Mapping[str, Rows] = {}
        self.faults: list[Fault] = []
        self.influences: dict[tuple[str, str, Why], None] = {}
        self.operators: list[Operator] = []
        self.unsupported: list[tuple[str, int, int]] = []
        self.read: dict[str, None] = {}
        self.nested: dict[int, Rows] = {}
        self.correlated: set[int] = set()
        self.outermost: exp.Expr | None = None

    def fault(self, code: str, message: str, node: exp.Expr | None, advice: str = "") -> None:
        """Note one mistake at a node."""
        start, end = span(node) if node is not None else (0, len(self.text))
        if end == 0:
            end = len(self.text)
        self.faults.append(Fault(code, message, start, end, advice))

    def influence(self, links: Links, why: Why) -> None:
        """Note that inputs decide about rows."""
        for relation, column in links:
            self.influences[relation, column, why] = None

    def influence_of(self, value: Value, why: Why) -> None:
        if value.links:
            self.influence(value.links, why)

    def operator(
        self,
        kind: str,
        detail: str,
        node: exp.Expr,
        *,
        unbounded: bool = False,
        waits_ms: int = 0,
        needs_watermark: bool = False,
        exactness: Exactness = Exactness.EXACT,
    ) -> None:
        """Note a part that keeps state or waits."""
        start, end = span(node)
        self.operators.append(
            Operator(
                kind, detail, start, end or len(self.text), unbounded, waits_ms, needs_watermark, exactness
            )
        )

    def not_here(self, what: str, node: exp.Expr) -> None:
        """Note what the embedded engine cannot answer."""
        start, end = span(node)
        self.unsupported.append((what, start, end or len(self.text)))

    def only(self, node: exp.Expr, understood: frozenset[str]) -> None:
        """Refuse what a node has beside the parts that are understood: nothing is passed over in silence."""
        for name, part in node.args.items():
            if part and name not in understood:
                what = name.strip("_").upper().replace("_", " ")
                self.fault(
                    "HGQ007",
                    f"{what} is not understood here yet",
                    part if isinstance(part, exp.Expr) else node,
                )

    def found_influences(self) -> tuple[Influence, ...]:
        return tuple(Influence(*key) for key in sorted(self.influences))


def joined(a: Links, b: Links) -> Links:
    """The links of two values taken together."""
    if not b:
        return a
    if not a:
        return b
    both = dict(a)
    for key, how in b.items():
        known = both.get(key)
        if known is None or known < how:
            both[key] = how
    return both


def changed(links: Links, how: int) -> Links:
    """Links after an expression that changes the value at least as much as `how`."""
    if not links:
        return links
    return {key: max(known, how) for key, known in links.items()}


def similar(name: str, known: object) -> str:
    """A help line that names what may have been meant, or nothing."""
    names = [str(n) for n in known] if isinstance(known, dict | list | tuple) else []
    folded = [n for n in names if n.lower() == name.lower()]
    close = folded or get_close_matches(name, names, n=3, cutoff=0.7)
    return "did you mean " + " or ".join(f"`{n}`" for n in close) + "?" if close else ""
