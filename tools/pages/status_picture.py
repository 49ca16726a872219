"""The picture of a status: an answer recorded on a local stack, its things renamed, as a terminal shows it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from headgate.cli.commands.status import as_text
from headgate.cli.options import Shown
from headgate.workflows.results import StatusResult
from pages.picture import drawn

RECORDED = Path(__file__).with_name("status.json")


def status_picture() -> dict[str, str]:
    """`docs/images/status.svg`: `headgate status` of a project whose systems run."""
    result = msgspec.json.decode(RECORDED.read_bytes(), type=StatusResult)
    shown = Shown(format="text", colour=True, colour_on_errors=True, quiet=False, verbose=False)
    return {"docs/images/status.svg": drawn("status", as_text(result, shown))}
