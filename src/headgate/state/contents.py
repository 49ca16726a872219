"""What a log says of one owner: its things, the steps that began, who applies now, and what others claimed first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from headgate.resources import Resource, ResourceId
from headgate.state.formats import FORMAT, Owner, StateDamaged, check_format, claim_of, claimed
from headgate.state.holder import Holder, values_to_holder
from headgate.state.ledger import Entry
from headgate.state.records import values_to_resource


@dataclass(slots=True)
class Contents:
    """The state of one owner. `begun` are things whose step was begun and never recorded, `claims` all that are its own.

    `format` is the oldest of any of its records, `heard` when the last was written (milliseconds since 1970).
    """

    generation: int = 0
    lock: Holder | None = None
    resources: dict[ResourceId, Resource] = field(default_factory=dict)
    begun: set[ResourceId] = field(default_factory=set)
    claims: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT
    heard: int = 0

    def says_as(self, other: Contents) -> bool:
        """Whether a plan made from the one is a plan made from the other."""
        return (self.generation, self.resources, self.begun) == (
            other.generation, other.resources, other.begun
        )  # fmt: skip

    def others(self, id_: ResourceId, owner: Owner) -> str:
        """Whose a thing is if it is another's; "" where it is ours or nobody's."""
        first = self.claims.get(claim_of(id_), str(owner))
        return "" if first == str(owner) else first


def contents_of(owner: Owner, latest: Mapping[str, Entry]) -> Contents:
    """What the last record of every key says of `owner`.

    StateTooNew or StateDamaged where one of its records cannot be read; those of others are not looked into.
    """
    contents = Contents(claims=first_claims(latest))
    within = f"{owner}/"
    for key, entry in latest.items():
        if key == str(owner) or key.startswith(within):
            try:
                _take(contents, entry, head=key == str(owner))
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise StateDamaged(f"the record of `{key}` is no record of a state") from error
    return contents


def first_claims(latest: Mapping[str, Entry]) -> dict[str, str]:
    """Whose each claimed thing is: the claim that stands first in the log wins."""
    first: dict[str, tuple[int, str]] = {}
    for key, entry in latest.items():
        claim = claimed(key)
        if claim is not None:
            thing, owner = claim
            first[thing] = min(first.get(thing, (entry.offset, owner)), (entry.offset, owner))
    return {thing: owner for thing, (_, owner) in first.items()}


def _take(contents: Contents, entry: Entry, *, head: bool) -> None:
    value = entry.value
    check_format(value)
    contents.format = min(contents.format, value["format"])
    contents.heard = max(contents.heard, entry.at)
    if head:
        contents.generation = int(value["generation"])
        contents.lock = values_to_holder(value["lock"]) if value["lock"] else None
        return
    id_ = ResourceId(value["kind"], value["name"])
    if value["applied"] is not None:
        contents.resources[id_] = values_to_resource(value["applied"])
    if value["begun"]:
        contents.begun.add(id_)
