"""A project, loaded and analysed once, for a verb to work on."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from headgate.addresses import Address
from headgate.analysis import Context
from headgate.compile.discovery import capabilities_of
from headgate.diagnostics import Diagnostic, Severity, in_order
from headgate.graph.build import build_graph
from headgate.graph.model import Graph
from headgate.graph.permissions import Permissions
from headgate.graph.selection import select
from headgate.project.codes import UNKNOWN_ENVIRONMENT
from headgate.project.declarations import Project
from headgate.project.load import load_project
from headgate.project.suggest import listed
from headgate.workflows.facts_cache import DiskFactsCache
from headgate.workflows.folder import Folder
from headgate.workflows.request import Request
from headgate.workflows.results import COULD_NOT_RUN, FINDINGS, OK


@dataclass(frozen=True, slots=True)
class Session:
    """What a verb starts from. `context` is None where the project could not be loaded at all."""

    request: Request
    context: Context | None
    diagnostics: tuple[Diagnostic, ...]
    texts: Mapping[str, str]

    @property
    def graph(self) -> Graph:
        """The graph; only asked for where there is a context."""
        assert self.context is not None
        return self.context.graph

    @property
    def project(self) -> Project:
        return self.graph.project

    @property
    def permissions(self) -> Permissions:
        assert self.context is not None
        return self.context.permissions

    @property
    def broken(self) -> bool:
        """Whether an error was found while loading or analysing."""
        return self.context is None or any(d.severity is Severity.ERROR for d in self.diagnostics)


@contextmanager
def quiet_collector() -> Iterator[None]:
    """No garbage collection while many small objects are made that live until the end.

    Walking them again and again costs 20 to 60 % of a large check. Where syntax trees are made, which hold themselves in
    cycles, `graph` has them collected.
    """
    enabled = gc.isenabled()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
        gc.unfreeze()


def open_session(request: Request) -> Session:
    """The project of `request`, loaded and analysed; everything found on the way is in `diagnostics`."""
    with quiet_collector():
        folder = Folder(request.root)
        request.progress.step("reading", 0, 3)
        project, found = load_project(
            folder,
            env=request.env,
            vars=request.vars,
            environ=request.environ,
            workers=request.workers,
            package=folder.other,
        )
        if project is None:
            return Session(request, None, tuple(in_order(found)), folder.texts())
        request.progress.step("analysing", 1, 3)
        cache = DiskFactsCache(request.root / ".headgate" / "cache") if request.cache else None
        graph = build_graph(project, workers=request.workers, cache=cache)
        if cache is not None:
            cache.close()
        diagnostics = tuple(in_order([*found, *graph.diagnostics]))
        context = Context(graph, capabilities_of(project.environment))
        return Session(request, context, diagnostics, project.texts)


def selected(session: Session) -> tuple[tuple[Address, ...], tuple[Diagnostic, ...]]:
    """The streams that the request picks, in the order of the graph; all where it picks nothing."""
    selection = select(session.graph, session.request.select, session.request.exclude)
    picked = frozenset(selection.addresses)
    return tuple(a for a in session.graph.order if a in picked), selection.diagnostics


def unchosen(session: Session) -> tuple[Diagnostic, ...]:
    """That nobody said which environment is meant, for verbs that need one; nothing where it is clear."""
    environment = session.project.environment
    if environment.chosen:
        return ()
    finding = UNKNOWN_ENVIRONMENT.at(
        session.project.place.span(), "nobody said which environment is meant"
    ).with_help(f"pass `--env`, or say `default: true` in one; there are {listed(environment.known)}")
    return (finding,)


def exit_code(diagnostics: tuple[Diagnostic, ...], *, strict: bool = False) -> int:
    """0 where nothing weighs, 1 where an error does (or, when strict, a warning)."""
    weights = {d.severity for d in diagnostics}
    if Severity.ERROR in weights or (strict and Severity.WARNING in weights):
        return FINDINGS
    return OK


def not_loaded(session: Session) -> int:
    """The exit code of a verb whose project could not be loaded; to ask for an environment there is not is misuse."""
    faults = {d.code for d in session.diagnostics}
    return FINDINGS if faults - {UNKNOWN_ENVIRONMENT} else COULD_NOT_RUN
