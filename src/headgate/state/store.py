"""The state of one project in one environment, kept in a log: who may write it, and what is committed before each step.

The lock is a record of the log. To take it: read to the end, refuse where somebody has it; become the log's writer, which
fences whoever was; read to the end again, since another may have taken the lock in between; write it, with the next
generation. Whoever is fenced reads again, and goes on only where the lock is still its own. A lock does not expire; but
one whose process is known to have ended is nobody's.
"""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar

from headgate.ports import PermanentFailure, StateHeld, StateLost, TemporaryFailure
from headgate.resources import Resource, ResourceId
from headgate.state.contents import Contents, contents_of, first_claims
from headgate.state.documents import contents_to_text, contents_to_values
from headgate.state.formats import FORMAT, Owner, claim_of
from headgate.state.holder import Holder, has_ended, this_process
from headgate.state.ledger import Fenced, Ledger, Record

ATTEMPTS = 8
"""How often the lock is tried for while others are at it at the same moment: each attempt fences the others' once."""
PAUSE_SECONDS = 0.2
T = TypeVar("T")


class LoggedState:
    """A state store over a log. Reading it writes nothing; `backups` is where a state goes before its format is upgraded."""

    def __init__(
        self,
        ledger: Ledger,
        owner: Owner,
        *,
        backups: Path,
        holder: Callable[[str], Holder] = this_process,
        ended: Callable[[Holder], bool] = has_ended,
    ) -> None:
        self._ledger = ledger
        self._owner = owner
        self._backups = backups
        self._holder = holder
        self._ended = ended
        self._mine: Holder | None = None
        self._turn = RLock()
        self._contents = self._look()

    @property
    def generation(self) -> int:
        """How many applies there were."""
        return self._contents.generation

    @property
    def lock(self) -> Holder | None:
        """Who applies, as it was last read."""
        return self._contents.lock

    def read(self) -> dict[ResourceId, Resource]:
        """What we own, as last applied, by id."""
        return dict(sorted(self._contents.resources.items()))

    def intents(self) -> tuple[ResourceId, ...]:
        """Things whose step was begun and never recorded: they may be there, changed or gone, and are ours."""
        return tuple(sorted(self._contents.begun))

    def claimed_by_others(self, ids: Sequence[ResourceId]) -> dict[ResourceId, str]:
        """Which of these things are another project's, and whose."""
        found = ((id_, self._contents.others(id_, self._owner)) for id_ in ids)
        return {id_: whose for id_, whose in found if whose}

    def document(self) -> dict[str, Any]:
        """The state as values that JSON can hold, which `replace` takes again."""
        return contents_to_values(self._owner, self._contents)

    def begin(self, plan: str = "") -> None:
        """Takes the lock, and the next generation; does nothing where it is ours.

        StateHeld where another has it, StateLost where another apply came between what was read and this.
        """
        with self._turn:
            if self._mine is None:
                self._until_unfenced(lambda: self._begin(plan))

    def intend(self, ids: Sequence[ResourceId]) -> None:
        """Steps about these things start. StateLost, before anything is touched, where the lock is no longer ours or
        another project has just claimed one of them."""
        with self._turn:
            said = self._contents
            self._write_about(
                ids, [self._owner.thing(i, said.resources.get(i), said.generation) for i in ids]
            )
            said.begun.update(ids)

    def record(self, made: Sequence[Resource], gone: Sequence[ResourceId] = ()) -> None:
        """Things are as said, and ours; others are gone, or ours no more."""
        with self._turn:
            records = [self._owner.thing(resource.id, resource) for resource in made]
            records += [self._owner.thing(id_, None) for id_ in gone]
            if self._ledger.shared:
                records += [self._owner.claim(id_, held=False) for id_ in gone if self._claims(id_)]
            self._write_about([resource.id for resource in made], records)
            said = self._contents
            said.resources.update({resource.id: resource for resource in made})
            said.begun.difference_update(*([r.id for r in made], gone))
            for id_ in gone:
                said.resources.pop(id_, None)
                said.claims.pop(claim_of(id_), None)

    def finish(self) -> None:
        """Gives the lock back. Does nothing where none was begun, or where it was taken away."""
        with self._turn:
            if self._mine is None:
                return
            try:
                with suppress(StateLost):
                    self._write([self._owner.head(self.generation, None)])
            finally:
                self._mine = self._contents.lock = None
                self._ledger.leave()

    def replace(self, other: Contents) -> None:
        """Under the lock: the things and begun steps are those of another state, of whichever generation is later."""
        with self._turn:
            said = self._contents
            ids = {*said.resources, *said.begun, *other.resources, *other.begun}
            said.generation = max(said.generation, other.generation)
            records = [self._owner.head(said.generation, self._mine)]
            for id_ in sorted(ids):
                begun = said.generation if id_ in other.begun else 0
                records.append(self._owner.thing(id_, other.resources.get(id_), begun))
            kept = {*other.resources, *other.begun}
            if self._ledger.shared:
                records += [self._owner.claim(id_, held=False) for id_ in ids - kept if self._claims(id_)]
            self._write_about(sorted(kept), records)
            self._contents = self._look()

    def unlock(self, id_: str) -> bool:
        """Takes the lock away from whoever has it under that id; whether somebody had.

        StateHeld where the holder is known to be at work.
        """
        with self._turn:
            return self._until_unfenced(lambda: self._unlock(id_))

    def close(self) -> None:
        """Nothing is open any more. A lock that was not given back is still ours, and stands."""
        self._ledger.close()

    def _look(self) -> Contents:
        return contents_of(self._owner, self._ledger.latest())

    def _begin(self, plan: str) -> None:
        if self._ledger.shared:
            self._refuse_held(self._look())
        with self._as_writer():
            now = self._look()
            if self._ledger.shared:
                self._refuse_held(now)
            if not now.says_as(self._contents):
                raise StateLost("another apply came between the plan and this one")
            mine = self._holder(plan)
            self._ledger.write([*self._upgrade(now), self._owner.head(now.generation + 1, mine)])
        now.generation, now.lock = now.generation + 1, mine
        self._contents, self._mine = now, mine

    def _refuse_held(self, now: Contents) -> None:
        if now.lock is not None and not self._ended(now.lock):
            heard = dt.datetime.fromtimestamp(now.heard / 1000, dt.UTC)
            raise StateHeld(f"{now.lock}, last heard of at {heard:%Y-%m-%d %H:%M:%S} UTC", now.lock.id)

    @contextmanager
    def _as_writer(self) -> Iterator[None]:
        """The ledger is ours to write; it is left again where that comes to nothing."""
        try:
            self._ledger.take()
        except Fenced:
            if self._ledger.shared:
                raise
            lock = self._look().lock
            raise StateHeld(str(lock or "another process"), lock.id if lock else "") from None
        try:
            yield
        except BaseException:
            self._ledger.leave()
            raise

    def _upgrade(self, now: Contents) -> list[Record]:
        """What an older format becomes, once a copy of it is put away."""
        if now.format >= FORMAT:
            return []
        copy = (
            self._backups / f"state-{self._owner.project}-{self._owner.environment}-format-{now.format}.json"
        )
        try:
            self._backups.mkdir(parents=True, exist_ok=True)
            copy.write_text(contents_to_text(self._owner, now), encoding="utf-8")
        except OSError as error:
            raise PermanentFailure(
                f"no copy before the upgrade: `{copy.name}` cannot be written: {error.strerror}"
            ) from None
        ids = sorted({*now.resources, *now.begun})
        return [
            self._owner.thing(i, now.resources.get(i), now.generation if i in now.begun else 0) for i in ids
        ]

    def _unlock(self, id_: str) -> bool:
        with self._as_writer():
            now = self._look()
            if now.lock is not None and now.lock.id == id_:
                self._ledger.write([self._owner.head(now.generation, None)])
        self._ledger.leave()
        self._contents.lock = None if now.lock is None or now.lock.id == id_ else now.lock
        return now.lock is not None and now.lock.id == id_

    def _claims(self, id_: ResourceId) -> bool:
        return self._contents.claims.get(claim_of(id_)) == str(self._owner)

    def _write_about(self, ids: Sequence[ResourceId], records: Sequence[Record]) -> None:
        """Writes records and, in the same transaction, claims what they are about; withdraws where another was first."""
        fresh = [id_ for id_ in ids if not self._claims(id_)] if self._ledger.shared else []
        self._write([*records, *(self._owner.claim(id_) for id_ in fresh)])
        if not fresh:
            return
        claims = first_claims(self._ledger.latest())
        lost = [id_ for id_ in fresh if claims.get(claim_of(id_)) != str(self._owner)]
        if lost:
            said = self._contents
            before = [
                self._owner.thing(i, said.resources.get(i), said.generation if i in said.begun else 0)
                for i in ids
            ]
            self._write([*before, *(self._owner.claim(id_, held=False) for id_ in fresh)])
            raise StateLost(f"{lost[0]} was claimed first by {claims[claim_of(lost[0])]}")
        self._contents.claims = claims

    def _write(self, records: Sequence[Record]) -> None:
        if self._mine is None:
            raise StateLost("no apply was begun, or its lock was taken away")
        try:
            self._ledger.write(records)
        except Fenced:
            self._until_unfenced(lambda: self._write_again(records))

    def _write_again(self, records: Sequence[Record]) -> None:
        """Somebody else took the ledger: it may have been to look, or to try for a lock that they saw is ours."""
        assert self._mine is not None
        self._ledger.take()
        lock = self._look().lock
        if lock is None or lock.id != self._mine.id:
            self._mine = None
            self._ledger.leave()
            raise StateLost(
                f"the lock was taken away, and is held by {lock}" if lock else "the lock was taken away"
            )
        self._ledger.write(records)

    def _until_unfenced(self, attempt: Callable[[], T]) -> T:
        for _ in range(ATTEMPTS):
            try:
                return attempt()
            except Fenced:
                time.sleep(random.uniform(0, PAUSE_SECONDS))  # noqa: S311 - nothing secret hangs on it
        raise TemporaryFailure("others keep taking the state for themselves")
