"""What Flink says of a failure, without the records that made it fail."""

from __future__ import annotations

import re

_JSON = re.compile(r"\{.*\}", re.DOTALL)
_TEXT = re.compile(r"\(String\)\".*?\"(?=[\[;\s)]|$)", re.DOTALL)
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"|`([^`]*)`")
_LONG_NUMBER = re.compile(r"(?<![\w.])\d{5,}(?:\.\d+)?")
_HIDDEN = "…"


def redacted(message: str, sql: str) -> str:
    """A message with what may be of a record left out.

    Flink's and Jackson's messages repeat whole records, or the value that did not fit. What is quoted stays only where
    the job's own script has it: names of columns, tables and topics.
    """
    text = _JSON.sub(_HIDDEN, _TEXT.sub(_HIDDEN, message))
    text = _QUOTED.sub(
        lambda m: m[0] if (m[1] or m[2] or m[3]) in sql else m[0][0] + _HIDDEN + m[0][-1], text
    )
    return re.sub(r"\s+", " ", _LONG_NUMBER.sub(_HIDDEN, text)).strip()[:500]
