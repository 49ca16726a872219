"""A topic in memory that a state is kept in, as a broker keeps it: transactions, fencing, compaction; and turns for its users.

It is a fake of what `headgate.state.ledger.Ledger` asks of Kafka, for one machine: nothing here is slow or is ever down.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from headgate.state.ledger import Entry, Fenced, Record


class Killed(BaseException):
    """The process was killed: nothing below the test catches it."""


@dataclass
class Transaction:
    """Records of one producer that count together, from when it is over."""

    producer: str
    over: bool = False
    committed: bool = False
    dead: bool = False


@dataclass
class FakeTopic:
    """One partition. `turn` is called before everything that its users see of each other."""

    records: list[tuple[int, str, str | None, Transaction]] = field(default_factory=list)
    end: int = 0
    epochs: dict[str, int] = field(default_factory=dict)
    open: list[Transaction] = field(default_factory=list)
    turn: Callable[[], None] = lambda: None

    def append(self, key: str, value: Mapping[str, Any] | None, within: Transaction) -> None:
        text = None if value is None else json.dumps(value)
        self.records.append((self.end, key, text, within))
        self.end += 1

    def over(self, transaction: Transaction, *, committed: bool) -> None:
        transaction.over, transaction.committed = True, committed
        self.open.remove(transaction)
        self.end += 1  # the control record takes an offset

    def compact(self) -> None:
        """Of what is before every open transaction only the last record of each key stays, where it stood."""
        stable = min((r[0] for r in self.records if not r[3].over), default=self.end)
        last = {
            key: offset for offset, key, _, within in self.records if offset < stable and within.committed
        }
        self.records = [r for r in self.records if r[0] >= stable or last.get(r[1]) == r[0]]


class FakeLedger:
    """A ledger in a fake topic, of one process. `dies` is asked before each step, and once more within a transaction."""

    shared = True

    def __init__(self, topic: FakeTopic, producer: str) -> None:
        self._topic = topic
        self._producer = producer
        self._epoch: int | None = None

    def latest(self) -> Mapping[str, Entry]:
        self._topic.turn()
        end = self._topic.end
        while any(offset < end and not within.over for offset, _, _, within in self._topic.records):
            for transaction in [one for one in self._topic.open if one.dead]:
                self._topic.over(transaction, committed=False)  # the broker's time-out
            self._topic.turn()
        latest: dict[str, Entry] = {}
        for offset, key, text, within in self._topic.records:
            if offset < end and within.committed:
                latest.pop(key, None)
                if text is not None:
                    latest[key] = Entry(json.loads(text), offset, at=1_700_000_000_000 + offset)
        return latest

    def take(self) -> None:
        self._topic.turn()
        for transaction in [one for one in self._topic.open if one.producer == self._producer]:
            self._topic.over(transaction, committed=False)
        self._epoch = self._topic.epochs[self._producer] = self._topic.epochs.get(self._producer, 0) + 1

    def write(self, records: Sequence[Record]) -> None:
        self._topic.turn()
        self._check()
        transaction = Transaction(self._producer)
        self._topic.open.append(transaction)
        try:
            for key, value in records:
                self._topic.append(key, value, transaction)
            self._topic.turn()
        except Killed:
            transaction.dead = True
            raise
        self._check()
        self._topic.over(transaction, committed=True)

    def leave(self) -> None:
        self._epoch = None

    def close(self) -> None:
        self.leave()

    def _check(self) -> None:
        if self._epoch != self._topic.epochs.get(self._producer):
            self._epoch = None
            raise Fenced


class Turns:
    """Runs several users of a topic one at a time, in an order that is given; the same order is the same run.

    `order` says before each step whose it is, as a number among those that have not ended; it may say that one dies.
    """

    def __init__(self, order: Sequence[tuple[int, bool]]) -> None:
        self._order = list(order)
        self._waiting = threading.Condition()
        self._whose: int | None = None
        self._dying: set[int] = set()
        self._alive: list[int] = []
        self._number = threading.local()
        self.failures: list[BaseException] = []

    def turn(self) -> None:
        """Waits for the caller's next turn; Killed where it is to die."""
        number = getattr(self._number, "value", None)
        if number is None:
            return
        with self._waiting:
            self._whose = None
            self._waiting.notify_all()
            self._waiting.wait_for(lambda: self._whose == number)
        if number in self._dying:
            raise Killed

    def run(self, users: Sequence[Callable[[], None]]) -> None:
        """Runs every user to its end."""
        threads = [
            threading.Thread(target=self._user, args=(number, user)) for number, user in enumerate(users)
        ]
        self._alive = list(range(len(users)))
        for thread in threads:
            thread.start()
        step = 0
        while True:
            with self._waiting:
                self._waiting.wait_for(lambda: self._whose is None)
                if not self._alive:
                    break
                pick, dies = self._order[step] if step < len(self._order) else (step, False)
                whose = self._alive[pick % len(self._alive)]
                if dies:
                    self._dying.add(whose)
                self._whose = whose
                self._waiting.notify_all()
            step += 1
        for thread in threads:
            thread.join()

    def _user(self, number: int, user: Callable[[], None]) -> None:
        self._number.value = number
        with self._waiting:
            self._waiting.wait_for(lambda: self._whose == number)
        try:
            user()
        except Killed:
            pass
        except BaseException as error:
            self.failures.append(error)
        with self._waiting:
            self._alive.remove(number)
            self._whose = None
            self._waiting.notify_all()
