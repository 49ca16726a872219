"""Analyses queries in other processes. Only texts, relations and facts cross over; a syntax tree never does.

A query can be analysed as soon as its inputs are, so there are no levels to wait for: ready ones go out in chunks that
grow with what is ready. A worker has one chunk at a time: with a second one under way, both ends could wait for ever for
the other to empty a full pipe.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from headgate.graph.codec import decode_relation, encode_analysis
from headgate.sql.facts import Analysis, Relation

Analyse = Callable[[str, Mapping[str, Relation]], Analysis]

CHUNK = 24
"""At most this many queries in one message: about 20 ms of work."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query to analyse: its number, its text, its inputs as bytes by name."""

    number: int
    text: str
    relations: Mapping[str, bytes]


@contextmanager
def quiet_gc() -> Iterator[None]:
    """Collects rarely meanwhile: syntax trees hold themselves in cycles, so never collecting would keep them all."""
    thresholds, enabled = gc.get_threshold(), gc.isenabled()
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)
    gc.enable()
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
        if not enabled:
            gc.disable()


def can_fork() -> bool:
    """Whether forking is safe here: on Linux, with no other thread that might hold a lock."""
    return sys.platform == "linux" and threading.active_count() == 1


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    connection: Connection
    known: set[tuple[str, bytes]] = field(default_factory=set)
    busy: bool = False


class Pool:
    """Worker processes for the time of a `with` block."""

    def __init__(self, count: int, analyse: Analyse) -> None:
        self._workers: list[_Worker] = []
        self._todo: deque[Query] = deque()
        self._count = count
        self._analyse = analyse

    def __enter__(self) -> Pool:
        context = multiprocessing.get_context("fork")
        for _ in range(self._count):
            ours, theirs = context.Pipe()
            others = [w.connection for w in self._workers] + [ours]
            process = context.Process(target=_serve, args=(theirs, others, self._analyse), daemon=True)
            process.start()
            theirs.close()
            self._workers.append(_Worker(process, ours))
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.connection.close()
        for worker in self._workers:
            worker.process.join(timeout=1)
            if worker.process.is_alive():
                worker.process.terminate()
                worker.process.join()

    def submit(self, query: Query) -> None:
        """Takes a query whose inputs are known."""
        self._todo.append(query)

    def results(self) -> Iterator[tuple[int, bytes]]:
        """Numbers and encoded analyses as they come in. What is submitted meanwhile is done too, until nothing is left."""
        self._send()
        while busy := {w.connection: w for w in self._workers if w.busy}:
            for connection in wait(list(busy)):
                worker = busy[connection]  # type: ignore[index] # `wait` gives back what it was given
                answer = worker.connection.recv()
                worker.busy = False
                # First more work for the worker, then the answer: reading it takes a while.
                self._send()
                if isinstance(answer, str):
                    raise RuntimeError(f"a query could not be analysed:\n{answer}")
                yield from answer
            self._send()

    def _send(self) -> None:
        for worker in self._workers:
            if self._todo and not worker.busy:
                size = min(CHUNK, 1 + len(self._todo) // (2 * len(self._workers)))
                self._send_to(worker, [self._todo.popleft() for _ in range(size)])

    def _send_to(self, worker: _Worker, queries: Sequence[Query]) -> None:
        new: list[tuple[str, bytes]] = []
        for query in queries:
            for item in query.relations.items():
                if item not in worker.known:
                    worker.known.add(item)
                    new.append(item)
        worker.connection.send((new, [(q.number, q.text, tuple(q.relations)) for q in queries]))
        worker.busy = True


def _serve(connection: Connection, others: Sequence[Connection], analyse: Analyse) -> None:
    # An interrupt reaches the whole group of processes: the parent decides, and closing its end ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for other in others:
        other.close()
    relations: dict[str, Relation] = {}
    try:
        with quiet_gc():
            while True:
                new, queries = connection.recv()
                relations.update((name, decode_relation(data)) for name, data in new)
                connection.send(_answer(queries, relations, analyse))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass
    finally:
        # Not sys.exit: what the parent had registered to run at exit is the parent's.
        os._exit(0)


def _answer(
    queries: Sequence[tuple[int, str, tuple[str, ...]]], relations: Mapping[str, Relation], analyse: Analyse
) -> list[tuple[int, bytes]] | str:
    try:
        return [
            (number, encode_analysis(analyse(text, {name: relations[name] for name in names})))
            for number, text, names in queries
        ]
    except Exception:
        return traceback.format_exc()
