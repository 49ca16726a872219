"""Groups and roles."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from headgate.diagnostics import Diagnostic
from headgate.project import codes, keys
from headgate.project.declarations import Classification, Group, Role
from headgate.project.entries import Entry
from headgate.project.suggest import did_you_mean, listed


def groups(entries: Sequence[Entry[keys.Group]]) -> dict[str, Group]:
    """The groups by name."""
    return {
        entry.said.name: Group(
            name=entry.said.name,
            members=tuple(entry.said.members or ()),
            place=entry.place,
            owner_name=(entry.said.owner.name if entry.said.owner else None) or "",
            owner_email=(entry.said.owner.email if entry.said.owner else None) or "",
        )
        for entry in entries
    }


def roles(
    entries: Sequence[Entry[keys.Role]],
    replaced: Mapping[str, list[str]],
    classification: Classification,
    known_groups: Collection[str],
    found: list[Diagnostic],
) -> dict[str, Role]:
    """The roles by name, with an environment's principals in place of their own."""
    made: dict[str, Role] = {}
    for entry in entries:
        said = entry.said
        if said.clearance is not None and said.clearance not in classification.levels:
            found.append(unknown_level(said.clearance, classification, entry, "clearance"))
        if said.group is not None and said.group not in known_groups:
            found.append(unknown_group(said.group, known_groups, entry))
        made[said.name] = Role(
            name=said.name,
            place=entry.place,
            clearance=said.clearance or classification.clearance_default,
            group=said.group or "",
            principals=tuple(replaced.get(said.name, said.principals or ())),
            external_groups=tuple(said.external_groups or ()),
        )
    return made


def unknown_level(
    level: str, classification: Classification, entry: Entry[keys.Role], key: str
) -> Diagnostic:
    """The finding for a class that the project does not have."""
    finding = codes.BAD_VALUE.at(entry.at(key).span(), f"no class is called `{level}`")
    return finding.with_help(
        did_you_mean(level, classification.levels) or f"the classes are {listed(classification.levels)}"
    )


def unknown_group(name: str, known: Collection[str], entry: Entry[keys.Role]) -> Diagnostic:
    """The finding for a group that nobody declared."""
    finding = codes.UNKNOWN_GROUP.at(entry.at("group").span(), f"no group is called `{name}`")
    return finding.with_help(did_you_mean(name, known) or f"declare it under `groups`{_or_use(known)}")


def _or_use(known: Collection[str]) -> str:
    return f", or use {listed(known)}" if known else ""
