"""Every place where a role or a purpose is named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from headgate.addresses import Address
from headgate.analysis.context import Context
from headgate.project.declarations import Applied, Security, Stream
from headgate.syntax.document import Place


@dataclass(frozen=True, slots=True)
class Naming:
    """A name and where it stands. `node` is what names it; None for an environment. `uses` tells a use from a policy."""

    name: str
    place: Place
    node: Address | None = None
    uses: bool = False


def roles(ctx: Context) -> Iterator[Naming]:
    """Every role that a policy, a use or the environment names."""
    for stream in ctx.streams:
        yield from _policy_roles(stream)
        if stream.sink is not None and stream.sink.role:
            yield Naming(stream.sink.role, stream.sink.place.at("role"), stream.address, True)
        if stream.flink.role:
            yield Naming(stream.flink.role, stream.place.at("flink", "role"), stream.address, True)
    for exposure in ctx.project.exposures.values():
        at = exposure.place.at("access", "allowed_roles")
        for index, role in enumerate(exposure.allowed_roles):
            yield Naming(role, at.at(index), exposure.address, True)
    environment = ctx.environment
    if environment.place is not None:
        if environment.reader_role:
            yield Naming(environment.reader_role, environment.place.at("reader", "role"), uses=True)
        said = environment.place.document.value
        replaced = said.get("principals") if isinstance(said, dict) else None
        for role in replaced if isinstance(replaced, dict) else ():
            yield Naming(str(role), environment.place.at("principals", role))


def purposes(ctx: Context) -> Iterator[Naming]:
    """Every purpose that a policy, a use or the environment names."""
    for stream in ctx.streams:
        security, node = stream.security, stream.address
        for allow in security.allows:
            if allow.purpose is not None:
                yield Naming(allow.purpose, allow.place.at("purpose"), node)
        for entry in _entries(security):
            if entry.purpose is not None:
                yield Naming(entry.purpose, entry.place.at("purpose"), node)
        if stream.sink is not None and stream.sink.purpose:
            yield Naming(stream.sink.purpose, stream.sink.place.at("purpose"), node, True)
        if stream.flink.purpose:
            yield Naming(stream.flink.purpose, stream.place.at("flink", "purpose"), node, True)
    for exposure in ctx.project.exposures.values():
        if exposure.purpose is not None:
            place = exposure.place.at("access", "purpose")
            yield Naming(exposure.purpose, place, exposure.address, True)
    environment = ctx.environment
    if environment.place is not None and environment.reader_purpose is not None:
        place = environment.place.at("reader", "purpose")
        yield Naming(environment.reader_purpose, place, uses=True)


def _policy_roles(stream: Stream) -> Iterator[Naming]:
    for allow in stream.security.allows:
        for index, role in enumerate(allow.roles):
            yield Naming(role, allow.place.at("roles", index), stream.address)
    for entry in _entries(stream.security):
        for index, role in enumerate(entry.roles):
            yield Naming(role, entry.place.at("roles", index), stream.address)


def _entries(security: Security) -> Iterator[Applied]:
    for mask in security.masks:
        yield from mask.applied_in or ()
    for declassify in security.declassify:
        if isinstance(declassify.readers, tuple):
            yield from declassify.readers
