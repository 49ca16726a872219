"""`headgate check`."""

from __future__ import annotations

import click

from headgate.cli.answers import as_json, findings
from headgate.cli.options import Shown, common
from headgate.diagnostics import Severity
from headgate.diagnostics.as_data import github, junit, markdown, sarif
from headgate.diagnostics.as_text import concise, summary
from headgate.workflows.check import check
from headgate.workflows.request import Request
from headgate.workflows.results import CheckResult

_RENDERERS = {"concise": concise, "github": github, "sarif": sarif, "junit": junit, "markdown": markdown}


@click.command("check", short_help="Find everything that can be known to be wrong without a server.")
@common(*_RENDERERS)
@click.option("--strict", is_flag=True, help="Warnings make it fail as well.")
def command(request: Request, shown: Shown, strict: bool) -> int:
    """Find everything that can be known to be wrong without a server, in all files, in one go.

    Exit code 0 without errors (with --strict: without warnings), 1 with. `-v` shows what is worth knowing as well.
    """
    result = check(request, strict=strict)
    shown.progress.over()
    if shown.format == "json":
        click.echo(as_json(result), nl=False)
    elif shown.format == "text":
        findings(result, shown, counted=shown.quiet)
        if not shown.quiet:
            click.echo(_closing(result, shown))
    else:
        visible = [d for d in result.diagnostics if shown.verbose or d.severity is not Severity.INFO]
        click.echo(_RENDERERS[shown.format](visible, result.texts), nl=False)
    return result.exit_code


def _closing(result: CheckResult, shown: Shown) -> str:
    counted = ", ".join(
        f"{n} {what.removesuffix('s') if n == 1 else what}" for what, n in result.counts.items() if n
    )
    said = summary(result.diagnostics) or "nothing wrong"
    told = 0 if shown.verbose else result.summary.get("infos", 0)
    return f"Checked {counted or 'nothing'}: {said}" + (f" ({told} more to know, with -v)" if told else "")
