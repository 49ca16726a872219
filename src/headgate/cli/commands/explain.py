"""`headgate explain`."""

from __future__ import annotations

import click

from headgate.cli.answers import give
from headgate.cli.completion import streams
from headgate.cli.options import Shown, common
from headgate.cli.tables import table
from headgate.diagnostics.pages import all_codes
from headgate.project.suggest import did_you_mean
from headgate.workflows.explain import explain
from headgate.workflows.request import Request
from headgate.workflows.results import ExplainResult


@click.command("explain", short_help="Explain a diagnostic's code, or why a node is what it is.")
@common(project=False)
@click.argument("subject", metavar="CODE|NODE", shell_complete=streams)
def command(request: Request | None, shown: Shown, subject: str) -> int:
    """Explain a diagnostic's code (HGS014), or why a node is what it is."""
    result = explain(request, subject)
    if result.exit_code == 2 and not result.diagnostics:
        meant = did_you_mean(subject.upper(), all_codes())
        raise click.UsageError(
            f"There is no page for `{subject}`, and no project here in which it could be a node."
            + (f" {meant[0].upper()}{meant[1:]}" if meant else "")
        )
    return give(result, shown, _text)


def _text(result: ExplainResult, shown: Shown) -> str:
    if result.page or not result.address:
        return result.page
    facts = [
        ("materialized", f"{result.materialized.value} - {result.materialized.why}"),
        ("topic", result.topic),
        ("reads", ", ".join(result.inputs)),
        ("read by", ", ".join(result.readers)),
        ("changelog", result.changelog.mode),
        ("key", ", ".join(result.changelog.key)),
        ("event time", _event_time(result)),
        ("state", "; ".join(result.state)),
        ("adds at least", f"{result.latency} ms" if result.latency else ""),
        ("embedded engine", "; ".join(result.exactness)),
    ]
    lines = [result.address, *(f"  {name:<16}{value}" for name, value in facts if value)]
    columns = table(
        ("column", "type", "class", "comes from"),
        [
            (c.name, c.type + ("" if c.nullable else " NOT NULL"), c.classification, ", ".join(c.lineage))
            for c in result.columns
        ],
        indent="  ",
        widest=90,
    )
    return "\n".join(lines) + "\n\n" + columns


def _event_time(result: ExplainResult) -> str:
    if not result.event_time:
        return ""
    return f"{result.event_time}, watermark {result.delay_ms} ms behind"
