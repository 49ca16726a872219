"""Rules of a large project run in two processes: here those that ask who may read what, beside them the others."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from types import FunctionType

from headgate.analysis.context import Context
from headgate.analysis.rule import Rule
from headgate.diagnostics import Diagnostic

WORTH_A_PROCESS = 1_000
"""Below this many streams, starting a process costs more than it saves."""


def run_beside(rules: Iterable[Rule], context: Context) -> list[Diagnostic]:
    """What the rules find, in no order. A process that fails is done without: its rules are run here, and fail here."""
    here: list[Rule] = []
    there: list[Rule] = []
    for one in rules:
        (here if _asks_permissions(one) else there).append(one)
    fork = get_context("fork")
    mine, theirs = fork.Pipe(duplex=False)
    process = fork.Process(target=_serve, args=(there, context, theirs), daemon=True)
    process.start()
    theirs.close()
    found = _found(here, context)
    try:
        found += mine.recv()
    except EOFError:
        found += _found(there, context)
    process.join()
    return found


def _found(rules: Sequence[Rule], context: Context) -> list[Diagnostic]:
    return [diagnostic for one in rules for diagnostic in one.run(context)]


def _serve(rules: Sequence[Rule], context: Context, answer: Connection) -> None:
    # An interrupt reaches the whole group of processes: the parent decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        answer.send(_found(rules, context))
    finally:
        # Not sys.exit: what the parent had registered to run at exit is the parent's.
        os._exit(0)


def _asks_permissions(one: Rule) -> bool:
    """A guess from the rule's file. A wrong one costs time alone: both processes work permissions out."""
    module = vars(sys.modules[one.check.__module__])
    functions = (
        f for f in module.values() if isinstance(f, FunctionType) and f.__module__ == one.check.__module__
    )
    return any(
        "permissions" in f.__code__.co_names for f in (*functions, one.check) if isinstance(f, FunctionType)
    )
