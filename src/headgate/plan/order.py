"""In which order changes are made: what protects before what it protects, readers' grants last, removal the other way."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass

GRANTS = 5
"""The rank of what lets readers and producers in: taken away before anything else, given after everything else."""
