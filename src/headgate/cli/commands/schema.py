"""`headgate schema`."""

from __future__ import annotations

import json

import click

from headgate.workflows.schema import schema


@click.command("schema", short_help="Print the JSON Schema of the declaration format.")
def command() -> int:
    """Print the JSON Schema of the declaration format, for editors."""
    click.echo(json.dumps(schema().schema, indent=2, ensure_ascii=False))
    return 0
