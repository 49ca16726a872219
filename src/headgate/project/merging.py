"""Defaults under objects: maps merge key by key, lists and everything else replace."""

from __future__ import annotations

from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import fields

from headgate.diagnostics import Diagnostic
from headgate.project import codes, keys
from headgate.project.entries import Entry

S = TypeVar("S", bound=Struct)

_FROM_CONFIG = (
    "materialized",
    "access",
    "group",
    "owner",
    "tags",
    "enabled",
    "event_time",
    "contract",
    "meta",
)


def under(value: Any, default: Any) -> Any:
    """`value` where it is said, `default` where it is not; both where they are maps."""
    if value is None:
        return default
    if isinstance(value, Struct) and type(value) is type(default):
        merged = {f.name: under(getattr(value, f.name), getattr(default, f.name)) for f in fields(value)}
        return type(value)(**merged)
    if isinstance(value, dict) and isinstance(default, dict):
        return {**default, **{key: under(v, default.get(key)) for key, v in value.items()}}
    return value


def said(struct: Struct) -> dict[str, Any]:
    """The keys of a struct that were said.

    >>> said(keys.Kafka(partitions=3))
    {'partitions': 3}
    """
    return {name: value for name in struct.__struct_fields__ if (value := getattr(struct, name)) is not None}


def lay_under(struct: Struct, defaults: dict[str, Any]) -> None:
    """Fill in what `struct` does not say; keys it cannot have are left out."""
    for name, default in defaults.items():
        if hasattr(struct, name):
            setattr(struct, name, under(getattr(struct, name), default))


def settle_config(entry: Entry[Any], found: list[Diagnostic]) -> None:
    """Move what `config` says to the keys beside it. Both said, and differently, is an error."""
    config: keys.Config | None = entry.said.config
    if config is None:
        return
    for name in _FROM_CONFIG:
        value = getattr(config, name)
        if value is None or not hasattr(entry.said, name):
            continue
        beside = getattr(entry.said, name)
        place = entry.moved.get(name) or entry.at("config", name)
        if beside is None or name == "meta":
            setattr(entry.said, name, under(beside, value))
            entry.moved.setdefault(name, place)
        elif beside != value:
            found.append(
                codes.DISAGREES.at(place.span(), f"`{name}` is said twice, and differently")
                .note("it is said here too", entry.place.at(name).span())
                .with_help("keep one of them")
            )


_OF_A_CONTRACT = (
    "description", "columns", "access", "group", "owner", "tags", "security", "schema", "tests", "data_tests",
    "contract", "meta", "enabled", "config",
)  # fmt: skip


def merge_contract(source: Entry[keys.Source], model: Entry[keys.Model], found: list[Diagnostic]) -> None:
    """Add what a source's contract says to the source. What both say must be equal; other keys do not belong there."""
    source.sound = source.sound and model.sound
    for name, value in said(model.said).items():
        if name in ("name", "config"):
            continue
        place = model.at(name)
        if name not in _OF_A_CONTRACT and not hasattr(source.said, name):
            found.append(
                codes.DOES_NOT_FIT.at(
                    place.key_span(), f"`{name}` does not belong into the contract of a source"
                )
                .note(f"the source `{source.said.name}` is declared here", source.at("name").span())
                .with_help("leave it out, or give the model another name")
            )
            continue
        own = getattr(source.said, name)
        if own is None:
            setattr(source.said, name, value)
            source.moved[name] = place
        elif name in ("tests", "data_tests"):
            source.more_tests.append((value, place))
        elif own != value and not _agree(own, value):
            found.append(
                codes.DISAGREES.at(place.key_span(), f"`{name}` differs from what the source says")
                .note("the source says it here", source.at(name).key_span())
                .with_help("say it once, or make them equal")
            )
        else:
            setattr(source.said, name, under(own, value))


def _agree(first: Any, second: Any) -> bool:
    """Whether two maps contradict each other nowhere."""
    if isinstance(first, dict) and isinstance(second, dict):
        return all(first.get(key, value) == value for key, value in second.items())
    if isinstance(first, Struct) and type(first) is type(second):
        return all(
            getattr(second, name) is None or getattr(first, name) in (None, getattr(second, name))
            for name in first.__struct_fields__
        )
    return False
