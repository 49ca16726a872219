"""What a service says of a request it refuses, as one line for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SAID = ("message", "msg", "detail", "title", "error", "cause")
_LONGEST = 400


def reason_of(body: Any) -> str:
    """What an answer says that went wrong: its message where it is a document with one, else its text; of a page, nothing.

    >>> reason_of({"error_code": 409, "message": "Cannot complete request\\nsee the log"})
    'Cannot complete request'
    >>> reason_of("")
    ''
    """
    if isinstance(body, Mapping):
        texts = (body.get(key) for key in _SAID)
        return one_line(next((text for text in texts if isinstance(text, str) and text.strip()), ""))
    return one_line(body) if isinstance(body, str) and not body.lstrip().startswith("<") else ""


def reason_in_parts(body: Any) -> str:
    """What Conduktor's services say: `{title, msg, cause}`, of which each says more than the one before.

    >>> reason_in_parts({"title": "Invalid name.", "msg": None, "cause": "x/y"})
    'Invalid name: x/y'
    """
    if not isinstance(body, Mapping):
        return reason_of(body)
    parts = dict.fromkeys(str(body[key]).rstrip(".") for key in ("title", "msg", "cause") if body.get(key))
    return one_line(": ".join(parts)) or reason_of(body)


def one_line(text: str) -> str:
    """The first line that says something, with the next where it only leads to that; cut where it is very long.

    >>> one_line("  Not found.  ")
    'Not found'
    >>> one_line("It contains 1 error(s):\\n`tasks.max` is 0\\nUse the endpoint to see all")
    'It contains 1 error(s): `tasks.max` is 0'
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    leads = bool(lines) and lines[0].endswith(":")
    line = " ".join(lines[: 2 if leads else 1])
    return line[: _LONGEST - 1] + "…" if len(line) > _LONGEST else line.removesuffix(".")
