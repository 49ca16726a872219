"""Who sees which column in which form: a table for each stream in which not everybody sees everything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from headgate.addresses import Address
from headgate.compile.embedded_policies import Readers, Seen, readers_of, seen_by
from headgate.compile.target import World
from headgate.project.declarations import Materialization
from headgate.workflows.results import FormRow


def form_rows(world: World, streams: Sequence[Address]) -> tuple[FormRow, ...]:
    """The tables of `streams`; a purpose that makes no difference to a role is left out."""
    readers = readers_of(world)
    return tuple(row for address in streams for row in _table(world, readers, address))


def _table(world: World, readers: Readers, address: Address) -> Iterator[FormRow]:
    if world.graph.stream(address).materialized is Materialization.EPHEMERAL:
        return
    columns = tuple(c.name for c in world.graph.facts[address].columns)
    seen = tuple(seen_by(world, readers, address))
    if any(one.forms is None or one.forms for one in seen):
        roles = tuple((one.who, _cells(one, columns)) for one in seen)
        yield FormRow(address=str(address), columns=columns, roles=roles)


def _cells(seen: Seen, columns: Sequence[str]) -> tuple[str, ...]:
    if seen.forms is None:
        return ("denied",) * len(columns)
    return tuple(seen.forms.get(name, "") for name in columns)
