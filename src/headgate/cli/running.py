"""Jobs and connectors in a table, with why one does not run."""

from __future__ import annotations

from headgate.cli.options import Shown
from headgate.cli.tables import table
from headgate.workflows.results import PauseResult


def running(result: PauseResult, shown: Shown) -> str:
    """What runs for a stream, and how it is doing."""
    if not result.running or shown.quiet:
        return ""
    rows = [(row.name, row.kind.removeprefix("flink_"), row.status, row.why) for row in result.running]
    return table(("what", "kind", "status", "why"), rows)
