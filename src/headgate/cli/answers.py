"""What a verb answered, on standard output: as JSON alone, or as text with its findings on standard error."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from base64 import b64encode
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

import click

from headgate.cli.options import Shown
from headgate.diagnostics import Severity
from headgate.diagnostics.as_data import answer, as_value
from headgate.diagnostics.as_text import full, summary
from headgate.workflows.results import Result

R = TypeVar("R", bound=Result)
_OWN = {"command", "diagnostics", "texts", "exit_code"}


def give(result: R, shown: Shown, as_text: Callable[[R, Shown], str]) -> int:
    """Prints an answer in the form that was asked for; its exit code."""
    shown.progress.over()
    if shown.format == "json":
        click.echo(as_json(result), nl=False)
        return result.exit_code
    findings(result, shown)
    text = as_text(result, shown)
    if text:
        click.echo(text, nl=not text.endswith("\n"))
    return result.exit_code


def findings(result: Result, shown: Shown, *, counted: bool = True) -> None:
    """The diagnostics, on standard error, and how many they are; information only where it was asked for."""
    shown.progress.over()
    visible = [d for d in result.diagnostics if shown.verbose or d.severity is not Severity.INFO]
    if shown.quiet:
        visible = [d for d in visible if d.severity is Severity.ERROR]
    if visible:
        click.echo(full(visible, result.texts, colour=shown.colour_on_errors), err=True)
        said = summary(visible)
        if said and counted:
            click.echo(said, err=True)


def as_json(result: Result) -> str:
    """The JSON answer: what every answer has, then the result's own fields."""
    body: dict[str, Any] = {"diagnostics": [as_value(d, result.texts) for d in result.diagnostics]}
    for field in dataclasses.fields(result):
        if field.name not in _OWN:
            body[field.name] = plain(getattr(result, field.name))
    return answer(result.command, result.exit_code == 0, body)


def plain(value: Any) -> Any:
    """A value in JSON's terms; times in SQL's spelling, decimals as numbers in full, bytes in base64."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name.rstrip("_"): plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, bool) or value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return text_of(value)


def text_of(value: Any) -> str:
    """A value as people read it in a cell."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ", timespec="milliseconds")
    if isinstance(value, (bytes, bytearray)):
        return b64encode(value).decode()
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)
