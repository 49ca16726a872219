"""The pictures of a plan and of a status: answers recorded on a local stack, their things renamed, as a terminal shows them."""

from __future__ import annotations

from pathlib import Path

import msgspec

from headgate.cli.changes import changes
from headgate.cli.commands.status import as_text
from headgate.cli.options import Shown
from headgate.workflows.results import PlanResult, StatusResult
from pages.picture import drawn

_HERE = Path(__file__).parent
_SHOWN = Shown(format="text", colour=True, colour_on_errors=True, quiet=False, verbose=False)


def live_pictures() -> dict[str, str]:
    """`docs/images/plan.svg` and `status.svg`: of a project whose systems run."""
    plan = msgspec.json.decode((_HERE / "plan.json").read_bytes(), type=PlanResult)
    status = msgspec.json.decode((_HERE / "status.json").read_bytes(), type=StatusResult)
    return {
        "docs/images/plan.svg": drawn("plan --on-state rebuild", changes(plan, _SHOWN)),
        "docs/images/status.svg": drawn("status", as_text(status, _SHOWN)),
    }
