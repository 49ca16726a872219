"""`local`: a broker and a registry of the project's own on this machine."""

from __future__ import annotations

from headgate.local import stack
from headgate.local.parts import ALL, PARTS, Layout, urls
from headgate.local.refusal import Refused
from headgate.workflows.request import Request
from headgate.workflows.results import COULD_NOT_RUN, LocalResult, LocalRow

LOG_CHARACTERS = 4000


def local(request: Request, action: str, *, wipe: bool = False) -> LocalResult:
    """Does one of `up`, `down`, `status` and `logs`, and answers how each part stands after it."""
    layout = Layout((request.root / ".headgate" / "local").resolve())
    try:
        if action == "up":
            changed = stack.up(layout, request.environ, request.progress.step)
        else:
            changed = stack.down(layout, wipe=wipe) if action == "down" else ()
        rows = _rows(layout)
    except Refused as refused:
        return LocalResult(command="local", action=action, refused=str(refused), exit_code=COULD_NOT_RUN)
    logs = {part: _end_of_log(layout, part) for part in PARTS} if action == "logs" else {}
    return LocalResult(command="local", action=action, changed=changed, parts=rows, logs=logs)


def _rows(layout: Layout) -> tuple[LocalRow, ...]:
    settings = stack.read(layout)
    where = urls(settings) if settings else {}
    return tuple(
        LocalRow(
            part=part,
            url=where.get(part, ""),
            process=process,
            answers=process is not None and settings is not None and ALL[part].answers(settings),
            log=str(layout.log(part)),
        )
        for part, process in stack.running(layout).items()
    )


def _end_of_log(layout: Layout, part: str) -> str:
    log = layout.log(part)
    return log.read_text(errors="replace")[-LOG_CHARACTERS:] if log.exists() else ""
