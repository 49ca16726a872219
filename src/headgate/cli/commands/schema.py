"""`headgate schema`."""

from __future__ import annotations

import json

import click

from headgate.cli.answers import give
from headgate.cli.options import Shown, shown_as
from headgate.workflows.results import SchemaResult
from headgate.workflows.schema import schema


@click.command("schema", short_help="Print the JSON Schema of the declaration format.")
@shown_as()
def command(shown: Shown) -> int:
    """Print the JSON Schema of the declaration format, for editors.

    As text it is the schema alone, to be written into a file; `--output json` answers as every verb does.
    """
    return give(schema(), shown, _text)


def _text(result: SchemaResult, shown: Shown) -> str:
    return json.dumps(result.schema, indent=2, ensure_ascii=False)
