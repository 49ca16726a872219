"""`ref(…)` and `source(…)` as they stand in YAML: the bare call, as text."""

from __future__ import annotations

import re
from typing import Any

from headgate.addresses import Kind
from headgate.diagnostics import Diagnostic
from headgate.project import codes
from headgate.project.declarations import Reference
from headgate.project.suggest import did_you_mean
from headgate.syntax import Call, Place
from headgate.syntax.template import literal_arguments

_CALL = re.compile(r"\s*(?:\{\{)?\s*([A-Za-z_]\w*)\s*\((.*)\)\s*(?:\}\})?\s*", re.DOTALL)
_NAME = re.compile(r"(?:(model|source)\.)?([A-Za-z_]\w*)")
_HELP = 'write `ref("name")`, `ref("project", "name")`, `ref("name", v=1)` or `source("name")`'


def call_reference(call: Call, place: Place) -> Reference | None:
    """What a call of `ref` or `source` refers to; None where its arguments do not say."""
    names = [a for a in call.args if isinstance(a, str) and a]
    version = 0
    for key, value in call.kwargs:
        if key not in ("v", "version") or isinstance(value, bool):
            return None
        if isinstance(value, str) and value.isdigit():
            value = int(value)
        if not isinstance(value, int) or value < 1:
            return None
        version = value
    if len(names) != len(call.args) or len(names) not in (1, 2):
        return None
    if call.function == "source":
        if version:
            return None
        system = names[0] if len(names) == 2 else ""
        return Reference(Kind.SOURCE, names[-1], place, system=system, start=call.start, end=call.end)
    project = names[0] if len(names) == 2 else ""
    name = names[-1]
    if not project and "." in name:
        project, _, name = name.partition(".")
    return Reference(
        Kind.MODEL, name, place, project=project, version=version, start=call.start, end=call.end
    )


def written_reference(text: Any, place: Place, found: list[Diagnostic]) -> Reference | None:
    """What an item of a list refers to; None and a finding where it is no call of `ref` or `source`."""
    match = _CALL.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        finding = codes.BAD_REFERENCE.at(place.span(), "this is no reference to a stream")
        found.append(finding.with_help(_meant(text)))
        return None
    if match[1] not in ("ref", "source"):
        finding = codes.BAD_REFERENCE.at(place.span(), f"`{match[1]}(…)` refers to no stream")
        found.append(finding.with_help(did_you_mean(match[1], ("ref", "source")) or _HELP))
        return None
    arguments = literal_arguments(match[2])
    reference = call_reference(Call(match[1], *arguments, -1, -1), place) if arguments is not None else None
    if reference is None:
        finding = codes.BAD_REFERENCE.at(place.span(), f"the arguments of `{match[1]}` name no stream")
        found.append(finding.with_help(_HELP))
    return reference


def _meant(text: Any) -> str:
    """What to write in the place of a bare name, or of a node as `ls` shows it; else every call there is."""
    bare = _NAME.fullmatch(text) if isinstance(text, str) else None
    if bare is None:
        return _HELP
    calls = {"model": "ref", "source": "source"}
    meant = [calls[bare[1]]] if bare[1] else list(calls.values())
    return "write " + " or ".join(f'`{call}("{bare[2]}")`' for call in meant)


def named_reference(kind: Kind, name: str, place: Place) -> Reference:
    """What `model: x`, `source: x` and `from: {source: x}` refer to; `x.v2` and `project.x` are read too."""
    head, _, last = name.rpartition(".")
    version = 0
    if head and re.fullmatch(r"v\d+", last):
        name, version = head, int(last[1:])
    project, _, rest = name.rpartition(".")
    return Reference(kind, rest or name, place, project=project, version=version)
