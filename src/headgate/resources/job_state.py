"""Whether a changed job can go on from the state of the one before it, by what each says that its state depends on.

A provider writes a job's state down as lines, the first of which names the Flink that they are of.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import ndiff
from typing import Any

from headgate.resources._model import Effect

ANEW = "anew"
"""Where a job begins that is nobody's yet: as its script says, whatever state is left of one of its name."""
REGAINED = "regained"
"""Where a job begins that was applied and is gone: at its last state, which must be where it can be found."""
_TOP = re.compile(r"(?<=\bRank\()(.*\brankEnd=)(\d+)(?=\])")


def state_change(old: Any, new: Any) -> Effect:
    """What a change of a job's state costs: nothing where the old state fits, else it is forbidden.

    Where one of the two is not known, or they are of different Flinks, nothing can be said by comparing: then whoever
    restarts the job compares both on one Flink, before it touches anything.
    """
    if not old or not new or old[0] != new[0]:
        return Effect.IGNORE
    return Effect.FORBIDDEN if lost_state(old, new) else Effect.IGNORE


def lost_state(old: Sequence[str], new: Sequence[str]) -> tuple[str, ...]:
    """What keeps a job from going on from another's state: lines that are gone (`-`) and new ones (`+`); none where it can.

    A Top-N that keeps fewer rows reads the state of one that keeps more; every other difference loses it.
    """
    if len(old) == len(new) and all(_fits(*pair) for pair in zip(old, new, strict=True)):
        return ()
    return tuple(line for line in ndiff(list(old), list(new)) if line[:2] in ("- ", "+ "))


def _fits(old: str, new: str) -> bool:
    if old == new:
        return True
    before, now = _TOP.search(old), _TOP.search(new)
    if before is None or now is None or _TOP.sub(r"\1", old) != _TOP.sub(r"\1", new):
        return False
    return int(now[2]) <= int(before[2])
