"""The library's kinds found by their folder, and a project's rules made ready to judge or found wrong."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec

from headgate.analysis import library
from headgate.analysis.library_rule import InvalidParameters, Judge, LibraryRule
from headgate.project.declarations import Rule
from headgate.project.suggest import did_you_mean, listed


@dataclass(frozen=True, slots=True)
class Ready:
    """A rule that can judge: what it is about, and how."""

    on: str
    judge: Judge


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why a rule cannot judge; `key` is the key at fault below the rule."""

    key: str
    message: str
    help: str


@cache
def library_rules() -> Mapping[str, LibraryRule]:
    """Every kind of the library by its name."""
    names = sorted(m.name for m in pkgutil.iter_modules(library.__path__))
    return {n: importlib.import_module(f"{library.__name__}.{n}").RULE for n in names}


def prepared(rule: Rule) -> Ready | Wrong:
    """A declared rule of the library, ready to judge, or the first thing that is wrong with it."""
    kinds = library_rules()
    kind = kinds.get(rule.use)
    if kind is None:
        return Wrong("use", f"the library has no rule `{rule.use}`", _meant(rule.use, tuple(kinds)))
    on = rule.on or kind.on[0]
    if on not in kind.on:
        return Wrong("on", f"`{rule.use}` cannot be about `{on}`", _meant(on, kind.on))
    parameters = _parameters(rule, kind)
    if isinstance(parameters, Wrong):
        return parameters
    try:
        return Ready(on, kind.prepare(parameters))
    except InvalidParameters as error:
        name, message = error.args
        headline, _, mend = str(message).partition("; ")
        return Wrong(name, headline, mend)


def _parameters(rule: Rule, kind: LibraryRule) -> Any:
    fields = {f.name: f for f in msgspec.structs.fields(kind.parameters)}
    for name in rule.parameters:
        if name not in fields:
            return Wrong(name, f"`{rule.use}` has no parameter `{name}`", _meant(name, tuple(fields)))
    for name, found in fields.items():
        if found.required and name not in rule.parameters:
            return Wrong("use", f"`{rule.use}` needs the parameter `{name}`", f"say `{name}: …`")
    for name, value in rule.parameters.items():
        try:
            msgspec.convert(value, fields[name].type)
        except msgspec.ValidationError as error:
            return Wrong(name, f"`{name}`: {str(error)[:1].lower()}{str(error)[1:]}", "")
    return msgspec.convert(dict(rule.parameters), kind.parameters)


def _meant(name: str, names: tuple[str, ...]) -> str:
    return did_you_mean(name, names) or f"there are {listed(names, len(names))}"
