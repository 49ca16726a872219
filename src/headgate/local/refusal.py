"""Why the stack cannot do as asked."""

from __future__ import annotations


class Refused(Exception):
    """Says in a sentence what is in the way, and what was left as it was."""
