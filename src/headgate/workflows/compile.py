"""`compile`: what the declarations become, as readable files under `target/<env>/`."""

from __future__ import annotations

from collections.abc import Sequence

from headgate.addresses import Address
from headgate.compile.catalog import catalog, write_catalog
from headgate.compile.discovery import CompiledProject, chosen_targets, target_names
from headgate.compile.discovery import compile_project as compile_world
from headgate.compile.manifest import fill
from headgate.compile.target import World
from headgate.diagnostics import Code, Diagnostic, Severity, Span, in_order
from headgate.project.manifest import write_manifest
from headgate.project.suggest import did_you_mean, listed
from headgate.workflows.check import findings
from headgate.workflows.output import replace_folder
from headgate.workflows.request import Request
from headgate.workflows.results import COULD_NOT_RUN, FINDINGS, CompileResult
from headgate.workflows.session import (
    Session,
    exit_code,
    not_loaded,
    open_session,
    quiet_collector,
    selected,
    unchosen,
)

UNKNOWN_TARGET = Code("HGC150", "unknown-target", Severity.ERROR)
CANNOT_WRITE = Code("HGC151", "cannot-write-output", Severity.ERROR)

OUTPUT = "target"
_ASKED = "(command line)"


def compile_project(request: Request, targets: Sequence[str] = ()) -> CompileResult:
    """Writes what the environment's targets and those named make of the project. An error anywhere leaves all as it was."""
    session = open_session(request)
    if session.context is None:
        return CompileResult(
            command="compile",
            diagnostics=session.diagnostics,
            texts=session.texts,
            exit_code=not_loaded(session),
        )
    nobody = unchosen(session)
    if nobody:
        return _refused(session, nobody, (), COULD_NOT_RUN)
    names, unknown = chosen_targets(session.project.environment, targets)
    if unknown:
        texts, wrong = _unknown(unknown)
        return CompileResult(command="compile", diagnostics=wrong, texts=texts, exit_code=COULD_NOT_RUN)
    diagnostics = findings(session)
    if exit_code(diagnostics):
        return _refused(session, diagnostics, names)
    picked, wrong = selected(session)
    with quiet_collector():
        compiled = compile_world(_world(session, picked), names)
    diagnostics = tuple(in_order([*diagnostics, *wrong, *compiled.diagnostics]))
    if exit_code(diagnostics):
        return _refused(session, diagnostics, names)
    return _written(session, compiled, diagnostics, names)


def _world(session: Session, picked: tuple[Address, ...]) -> World:
    assert session.context is not None
    everything = not session.request.select and not session.request.exclude
    return World(session.context, None if everything else frozenset(picked))


def output_files(world: World, compiled: CompiledProject) -> dict[str, bytes]:
    """Every file that is written, by its path below `target/<env>/`."""
    manifest = fill(world, compiled)
    files = {artifact.path: artifact.text.encode() for artifact in compiled.artifacts}
    files["manifest.json"] = write_manifest(manifest)
    files["catalog.json"] = write_catalog(catalog(manifest))
    return dict(sorted(files.items()))


def _written(
    session: Session,
    compiled: CompiledProject,
    diagnostics: tuple[Diagnostic, ...],
    names: tuple[str, ...],
) -> CompileResult:
    assert session.context is not None
    root = f"{OUTPUT}/{session.project.environment.name}"
    with quiet_collector():
        files = output_files(World(session.context), compiled)
    try:
        replace_folder(session.request.root / root, files)
    except OSError as error:
        why = error.strerror or type(error).__name__
        finding = CANNOT_WRITE.at(session.project.place.span(), f"`{root}` cannot be written: {why}")
        return _refused(
            session, (finding.with_help("the files there are as they were"),), names, COULD_NOT_RUN
        )
    return CompileResult(
        command="compile",
        diagnostics=diagnostics,
        texts=session.texts,
        exit_code=exit_code(diagnostics),
        root=root,
        files=tuple(files),
        targets=names,
    )


def _refused(
    session: Session, diagnostics: tuple[Diagnostic, ...], names: tuple[str, ...], code: int = FINDINGS
) -> CompileResult:
    return CompileResult(
        command="compile", diagnostics=diagnostics, texts=session.texts, exit_code=code, targets=names
    )


def _unknown(names: Sequence[str]) -> tuple[dict[str, str], tuple[Diagnostic, ...]]:
    """The findings about targets that there are not, and the words they point into."""
    words = ",".join(names)
    known = (*target_names(), "all")
    found, at = [], 0
    for name in names:
        finding = UNKNOWN_TARGET.at(Span(_ASKED, at, at + len(name)), f"there is no target `{name}`")
        found.append(finding.with_help(did_you_mean(name, known) or f"there are {listed(known)}"))
        at += len(name) + 1
    return {_ASKED: words}, tuple(found)
