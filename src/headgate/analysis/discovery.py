"""Rules are found by their folder: the file's name is the rule's, one rule a file, no code twice."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType

from headgate.analysis import rules
from headgate.analysis.beside import WORTH_A_PROCESS, run_beside
from headgate.analysis.context import Context
from headgate.analysis.rule import Rule
from headgate.diagnostics import Code, Diagnostic, Severity, in_order
from headgate.graph.workers import can_fork

ENTRY_POINTS = "headgate.rules"

PLUGIN_FAILED = Code("HGC090", "plugin-rule-failed", Severity.ERROR)


def builtin_rules(package: ModuleType = rules) -> dict[str, Rule]:
    """The rules of a folder by name; a file with no rule or several, or a code used twice, is an error of ours."""
    found: dict[str, Rule] = {}
    owners: dict[str, str] = {}
    for entry in sorted(pkgutil.iter_modules(package.__path__), key=lambda m: m.name):
        module = importlib.import_module(f"{package.__name__}.{entry.name}")
        here = [value for value in vars(module).values() if isinstance(value, Rule)]
        if len(here) != 1:
            raise TypeError(f"{module.__name__} holds {len(here)} rules; a file holds one")
        other = owners.setdefault(here[0].code.id, entry.name)
        if other != entry.name:
            raise TypeError(f"{here[0].code.id} is used by {other} and by {entry.name}")
        found[entry.name] = here[0]
    return found


def run_rules(
    context: Context, *, plugins: Iterable[EntryPoint] | None = None, workers: int = 1
) -> list[Diagnostic]:
    """What every rule finds, by place; the same for any number of workers.

    `plugins` are rules of other distributions, by default those installed under the entry point `headgate.rules`. Each
    runs inside an error boundary of its own: its fault is a finding, never ours.
    """
    every = builtin_rules().values()
    if workers > 1 and len(context.streams) >= WORTH_A_PROCESS and can_fork():
        found = run_beside(every, context)
    else:
        found = [diagnostic for builtin in every for diagnostic in builtin.run(context)]
    for plugin in sorted(entry_points(group=ENTRY_POINTS) if plugins is None else plugins):
        found.extend(_run_plugin(plugin, context))
    return in_order(found)


def _run_plugin(plugin: EntryPoint, context: Context) -> Iterator[Diagnostic]:
    try:
        loaded = plugin.load()
        if not isinstance(loaded, Rule):
            raise TypeError(f"`{plugin.value}` is no rule")
        found = list(loaded.run(context))
    except Exception as error:
        yield (
            PLUGIN_FAILED.at(
                context.project.place.span(),
                f"rule `{plugin.name}` of an installed plugin failed: {type(error).__name__}",
            )
            .note(str(error).splitlines()[0] if str(error) else "it gave no reason")
            .with_help(f"report it to those who wrote `{plugin.value}`, or uninstall it")
        )
        return
    yield from found
