"""`local`: Kafka, Connect, a registry, Flink and PostgreSQL of the project's own on this machine."""

from __future__ import annotations

from collections.abc import Sequence

from headgate.local import stack
from headgate.local.compose import compose
from headgate.local.logs import end_of
from headgate.local.parts import ALL, PARTS, urls, with_what_they_need
from headgate.local.refusal import Refused
from headgate.local.settings import Layout, read
from headgate.local.wanted import restarts
from headgate.workflows.request import Request
from headgate.workflows.results import COULD_NOT_RUN, LocalResult, LocalRow


def local(request: Request, action: str, *, wipe: bool = False, only: Sequence[str] = ()) -> LocalResult:
    """Does one of `up`, `down`, `status`, `logs` and `compose`, and answers how each part stands after it.

    `only` names the parts that `up` starts, with those that they need, or that `logs` shows.
    """
    if action == "compose":
        return LocalResult(command="local", action=action, compose=compose())
    layout = Layout((request.root / ".headgate" / "local").resolve())
    changed: tuple[str, ...] = ()
    try:
        asked = with_what_they_need(only) if only else PARTS
        if action == "up":
            changed = stack.up(layout, request.environ, request.progress.step, asked)
        elif action == "down":
            changed = stack.down(layout, request.progress.step, wipe=wipe)
        rows, supervisor = _rows(layout), stack.supervised_by(layout)
    except (Refused, OSError) as refused:
        return LocalResult(command="local", action=action, refused=_why(refused), exit_code=COULD_NOT_RUN)
    logs = {name: end_of(layout.log(name)) for name in only or PARTS} if action == "logs" else {}
    return LocalResult(
        command="local", action=action, changed=changed, parts=rows, supervisor=supervisor, logs=logs
    )


def _why(refused: Refused | OSError) -> str:
    if isinstance(refused, OSError) and refused.filename:
        return f"The stack's files cannot be had: {refused.filename}: {refused.strerror}."
    return str(refused)


def _rows(layout: Layout) -> tuple[LocalRow, ...]:
    settings, again = read(layout), restarts(layout)
    where = urls(settings) if settings else {}
    return tuple(
        LocalRow(
            part=part,
            url=where.get(part, ""),
            process=process,
            answers=process is not None and settings is not None and ALL[part].answers(settings),
            restarts=again.get(part, 0),
            log=str(layout.log(part)),
        )
        for part, process in stack.running(layout).items()
    )
