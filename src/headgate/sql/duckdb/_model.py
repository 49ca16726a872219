"""What the rewrite hands over, and what its parts hand each other."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from sqlglot import exp

from headgate.schema.types import UNKNOWN, DataType
from headgate.sql.facts import Exactness


class Unsupported(Exception):
    """Stops the rewrite at a construct that DuckDB would not answer as Flink does; never leaves this package."""

    def __init__(self, what: str, node: exp.Expr | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.node = node


@dataclass(frozen=True, slots=True)
class LateProbe:
    """Finds the rows that reached an operator behind its watermark.

    `operator` names it as `Operator.kind` does, `detail` is for people. `sql` gives the late rows in order of arrival.
    `drops` says that Flink drops exactly those; where it does not, the answer is approximate if there are any.
    """

    operator: str
    detail: str
    sql: str
    exactness: Exactness = Exactness.EXACT

    @property
    def drops(self) -> bool:
        return self.exactness is Exactness.EXACT


@dataclass(frozen=True, slots=True)
class DuckDbQuery:
    """A query in DuckDB's SQL.

    `sql` yields the result's columns in order, then `__seq`. `open_windows` is the SQL of the windows that `flush=False`
    left out, one a window operator.
    """

    sql: str
    columns: tuple[str, ...]
    late: tuple[LateProbe, ...] = ()
    open_windows: tuple[str, ...] = ()

    @property
    def approximate_when_late(self) -> tuple[str, ...]:
        """The operators whose answer is Flink's only if no row reaches them late."""
        return tuple(dict.fromkeys(probe.operator for probe in self.late if not probe.drops))


@dataclass(frozen=True, slots=True)
class Refused:
    """Why there is no DuckDB query: the construct's name, and where it stands in the query."""

    what: str
    start: int
    end: int


class Role(StrEnum):
    """What a column is to time and windows, kept as long as it is passed on as it is."""

    PLAIN = ""
    ROWTIME = "rowtime"
    PROCTIME = "proctime"
    START = "start"
    END = "end"
    TIME = "time"
    RANK = "rank"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a step: the table alias and name by which queries know it, its name in the step, its role.

    A column is `shadowed` where USING shows the other side's in its place.
    """

    qualifier: str
    name: str
    physical: str
    type: DataType = UNKNOWN
    role: Role = Role.PLAIN
    shadowed: bool = False


Clock = tuple[tuple[str, int], ...]
"""The relations whose watermarks rows stand under, each with the milliseconds by which operators hold it back."""


class Form(StrEnum):
    """How else rows can be read than as they are, where the query around them means it so.

    `VERSIONS`: every record that a table of last rows is made of, with `__op`, and `__next` and `__next_wm` of the record
    that took its place. `CHANGES`: of those, the ones that their window still held when it was closed. `TIMED`: joined rows
    with the watermark that they meet, though the join keeps no order in time. The others are of rows numbered by a ranking, which as they are lack what OVER drops as late: `TOP_N` numbers all, `LAST` lets the later of
    two equal ones win, `LAST_VERSIONS` are the versions of its first rows; those of `WINDOW` lack rows whose window was
    closed.
    """

    VERSIONS = "versions"
    CHANGES = "changes"
    TIMED = "timed"
    TOP_N = "top_n"
    LAST = "last"
    LAST_VERSIONS = "last_versions"
    WINDOW_TOP_N = "window_top_n"
    WINDOW_LAST = "window_last"


@dataclass(frozen=True, slots=True)
class Reading:
    """The step of rows read in another form, what the late ones are found by, and which clock they are under.

    Versions are `filtered` where some of them only end the one before.
    """

    step: str
    late: tuple[LateProbe, ...] = ()
    clock: Clock = ()
    filtered: bool = False


def unread(form: Form) -> Reading | None:
    """Rows that have no other form."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows at one point of the query: the step that has them, its columns, and what is known of their order.

    Every step also has `__seq`, the number of the input row that caused the row, and `__wm`, the watermark of `clock` that
    the row met; null where there was none yet, or where no row can be late any more (`fired`). `unique` says that no two
    rows share a `__seq`; `inputs` are the relations that the numbers come from. `late` are probes that count only if the
    rows are used as they are; `read` gives them in another form, with the same columns.
    """

    step: str
    columns: tuple[Column, ...]
    clock: Clock = ()
    fired: bool = False
    unique: bool = True
    inputs: frozenset[str] = frozenset()
    late: tuple[LateProbe, ...] = ()
    read: Callable[[Form], Reading | None] = unread

    def find(self, qualifier: str, name: str) -> Column | None:
        """The column that a query calls so."""
        for column in self.columns:
            if column.name == name and column.qualifier == qualifier:
                return column
        return None

    def role(self, role: Role) -> Column | None:
        """The first column of that role."""
        return next((column for column in self.columns if column.role is role), None)


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a function: its DuckDB text, type and syntax."""

    sql: str
    type: DataType
    node: exp.Expr

    @property
    def literal(self) -> str | None:
        """The text of a string or number literal."""
        node = self.node
        if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal):
            return f"-{node.this.this}"
        return str(node.this) if isinstance(node, exp.Literal) else None


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a function: its Flink name, arguments, result type, and the clock of the run."""

    name: str
    arguments: tuple[Argument, ...]
    type: DataType
    node: exp.Expr
    now: str
    options: str = ""

    def __getitem__(self, at: int) -> str:
        return self.arguments[at].sql

    def __len__(self) -> int:
        return len(self.arguments)

    def constant(self, at: int) -> str:
        """The literal at that place; without one the call is refused, since its meaning depends on the value."""
        value = self.arguments[at].literal
        if value is None:
            raise Unsupported(f"{self.name} with a computed argument {at + 1}", self.node)
        return value


Spelling = Callable[[Call], str]


_NAME = re.compile(r"__[a-z]+\d+")


@dataclass(slots=True)
class Steps:
    """The named steps of a query under construction, each a SELECT over earlier ones."""

    texts: list[tuple[str, str]] = field(default_factory=list)

    def add(self, text: str, hint: str = "s") -> str:
        name = f"__{hint}{len(self.texts) + 1}"
        self.texts.append((name, text))
        return name

    def query(self, last: str) -> str:
        """A whole statement that ends in `last`, with the steps before it that it needs."""
        needed = set(_NAME.findall(last))
        kept: list[str] = []
        for name, step in reversed(self.texts):
            if name in needed:
                needed.update(_NAME.findall(step))
                kept.append(f"{name} AS ({step})")
        if not kept:
            return last
        return "WITH " + ",\n".join(reversed(kept)) + f"\n{last}"
