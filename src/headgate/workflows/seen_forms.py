"""Who sees which column in which form: a table for each stream in which not everybody sees everything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from headgate.addresses import Address
from headgate.compile.embedded_policies import Seen, seen
from headgate.compile.target import World
from headgate.project.declarations import Materialization
from headgate.workflows.results import FormRow


def form_rows(world: World, streams: Sequence[Address]) -> tuple[FormRow, ...]:
    """The tables of `streams`; a purpose that makes no difference to a role is left out."""
    return tuple(row for address in streams for row in _table(world, address))


def _table(world: World, address: Address) -> Iterator[FormRow]:
    if world.graph.stream(address).materialized is Materialization.EPHEMERAL:
        return
    columns = tuple(c.name for c in world.graph.facts[address].columns)
    all_seen = tuple(seen(world.permissions, address))
    if any(one.forms is None or one.forms for one in all_seen):
        roles = tuple((one.who, _cells(one, columns)) for one in all_seen)
        yield FormRow(address=str(address), columns=columns, roles=roles)


def _cells(one: Seen, columns: Sequence[str]) -> tuple[str, ...]:
    if one.forms is None:
        return ("denied",) * len(columns)
    return tuple(one.forms.get(name, "") for name in columns)
