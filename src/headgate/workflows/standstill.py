"""How long what is restarted will stand still, by what its system says of it now."""

from __future__ import annotations

from collections.abc import Mapping

from headgate.plan.changes import Plan
from headgate.ports import Action, Runs
from headgate.resources import ResourceId
from headgate.resources.live import JOB

Standstills = Mapping[ResourceId, str]
"""By what is restarted: what its last checkpoint took, in words. Its savepoint will take about as long."""


def standstills(plan: Plan, system: Runs) -> Standstills:
    """What is known of the jobs that a plan restarts; of one that has no checkpoint yet, nothing."""
    jobs = [c.id for c in plan.pending if c.action is Action.RESTART and c.id.kind == JOB.name]
    found = {}
    for running in system.watch(jobs) if jobs else ():
        took, size = running.facts.get("checkpoint_ms"), running.facts.get("checkpoint_bytes")
        if took is not None:
            held = f", of {_size(int(size))}" if size else ""
            found[running.id] = f"its last checkpoint{held}, took {took / 1000:.1f} s"
    return found


def _size(count: int) -> str:
    """A number of bytes, for people.

    >>> _size(900), _size(1_500_000)
    ('0.9 kB', '1.5 MB')
    """
    return f"{count / 1e6:.1f} MB" if count >= 100_000 else f"{count / 1e3:.1f} kB"
