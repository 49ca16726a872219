"""`init --from-cluster`: a project of what a cluster holds."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from headgate.workflows.import_ import Imported, counted, imported, listed
from headgate.workflows.importing.connecting import PROJECT, Reached, environment_file
from headgate.workflows.init import beside, ignore, project_name
from headgate.workflows.output import write_new
from headgate.workflows.refused import Refused
from headgate.workflows.request import Progress, Request, Silent
from headgate.workflows.results import COULD_NOT_RUN, InitResult
from headgate.workflows.session import Session, not_loaded, open_session


def init_from_cluster(
    folder: Path, to: Reached, *, environ: Mapping[str, str], progress: Progress | None = None
) -> InitResult:
    """Writes a project of everything that a cluster holds and lets this account see.

    Nothing is written before everything was seen, nothing over a file that is there, and nothing at all to the cluster.
    """
    skeleton = {
        "headgate.yml": PROJECT.format(name=project_name(folder)),
        f"environments/{to.environment}.yml": environment_file(to),
    }
    taken = tuple(name for name in skeleton if (folder / name).exists())
    if taken:
        return InitResult(command="init", root=str(folder), taken=taken, exit_code=COULD_NOT_RUN)
    with tempfile.TemporaryDirectory(prefix="headgate-") as scratch:
        for name, text in skeleton.items():
            write_new(Path(scratch) / name, text)
        session = open_session(
            Request(
                root=Path(scratch),
                env=to.environment,
                environ={**environ, **to.secrets},
                progress=progress or Silent(),
                cache=False,
            )
        )
        made = _made(session)
    if isinstance(made, Refused):
        return InitResult(
            command="init",
            root=str(folder),
            diagnostics=made.diagnostics,
            texts=session.texts,
            exit_code=made.exit_code,
        )
    return _written(folder, to, {**skeleton, **made.files.written}, made, environ)


def _made(session: Session) -> Imported | Refused:
    if session.broken:
        return Refused(session.diagnostics, not_loaded(session))
    listing = listed(session)
    return listing if isinstance(listing, Refused) else imported(session, listing, frozenset(), "")


def _written(
    folder: Path, to: Reached, declared: Mapping[str, str], made: Imported, environ: Mapping[str, str]
) -> InitResult:
    taken = tuple(name for name in declared if (folder / name).exists())
    if taken:
        return InitResult(command="init", root=str(folder), taken=taken, exit_code=COULD_NOT_RUN)
    files = {**declared, **{name: text for name, text in beside() if not (folder / name).exists()}}
    for name, text in files.items():
        write_new(folder / name, text)
    ignored = ignore(folder / ".gitignore")
    missing = [name for name in (*to.variables, *made.written.variables) if name not in environ]
    not_taken = [f"the property {name}, which this client does not have" for name in to.not_taken]
    return InitResult(
        command="init",
        root=str(folder),
        files=tuple(sorted([*files, *ignored])),
        counts=counted(made),
        unseen=made.listing.unseen,
        left_out=(*not_taken, *made.written.notes),
        variables=tuple(missing),
    )
