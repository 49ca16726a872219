"""One cluster's brokers, reached at the first question, never waited for without end."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import replace
from functools import cached_property
from threading import Lock
from typing import Any, TypeVar

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AclOperation, AdminClient

from headgate.ports import (
    ClusterConnection,
    Connections,
    Failure,
    PermanentFailure,
    TemporaryFailure,
    client_settings,
)
from headgate.providers.kafka.failures import Doing, failure_of, one_line, refused

LOOK_SECONDS = 10.0
CHANGE_SECONDS = 30.0
UNREACHED_SECONDS = 3.0
"""So long brokers are tried that nobody has reached yet: they may just be starting."""
MOST_RECORDS = 9_000
"""What a controller takes of one request is 10,000 records (KRaft's `MAX_RECORDS_PER_USER_OP`); a topic is one, with one
more for each partition and each configuration."""

_Key = TypeVar("_Key")
_Item = TypeVar("_Item")
_REFUSES = (KafkaError._AUTHENTICATION, KafkaError.SASL_AUTHENTICATION_FAILED, KafkaError._SSL)
_UNREACHED = (KafkaError._RESOLVE, KafkaError._TRANSPORT)


class Broker:
    """The administration of one cluster. Every question ends: with an answer or, after some seconds, with a Failure.

    `dial` makes librdkafka's client; `dial_wire` the other library's, its own where none is given.
    """

    def __init__(
        self,
        connection: ClusterConnection,
        connections: Connections,
        dial: Callable[[dict[str, Any]], Any] = AdminClient,
        dial_wire: Callable[..., Any] | None = None,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        if connection.kafka is None:
            raise PermanentFailure(f"cluster `{connection.name}` has no `kafka` in this environment")
        self.name = connection.name
        self._connection = connection
        self._connections = connections
        self.settings = connection.kafka
        self.fill = connections.fill
        self.hide = connections.hide
        self.dial_wire = dial_wire
        self.look_seconds = look_seconds
        self._dial = dial
        self._refusals: list[str] = []
        self._trouble = ""
        self._down_since = math.inf
        self._answered = False
        self._connecting = Lock()

    @property
    def user(self) -> str:
        """Who asks, for messages."""
        name = self.settings.get("username") or self.settings.get("options.sasl.username")
        return f"`{name}`" if name else "this client"

    def logged_in_as(self, user: str, mechanism: str, password: str) -> Broker:
        """The same cluster for another user, reached in the same way."""
        way = {key: value for key, value in self.settings.items() if not key.startswith("options.sasl.")}
        login = {"username": user, "sasl_mechanism": mechanism, "password": password}
        connection = replace(self._connection, kafka={**way, **login})
        return Broker(connection, self._connections, self._dial, look_seconds=self.look_seconds)

    @property
    def admin(self) -> Any:
        """The client, connected lazily. It lives as long as this does: a future of a collected client never ends."""
        with self._connecting:
            return self._client

    @cached_property
    def _client(self) -> Any:
        try:
            return self._dial(
                {
                    "client.id": "headgate",
                    "reconnect.backoff.ms": 50,
                    "reconnect.backoff.max.ms": 1000,
                    "log_level": 0,
                    **client_settings(self.settings),
                    "error_cb": self._told,
                }
            )
        except KafkaException as error:
            raise PermanentFailure(
                f"the settings of cluster `{self.name}` are no client's: {self._text(error)}"
            ) from None

    @property
    def rights(self) -> frozenset[str]:
        """What this user may do to the cluster as a whole, `DESCRIBE` or `ALTER` for instance.

        It has to be known before some questions: librdkafka answers a denied `describe_acls` with no ACLs at all, and a
        denied `describe_user_scram_credentials` ends the process.
        """
        return frozenset(operation.name for operation in self._described.authorized_operations or ())

    @property
    def racks(self) -> dict[int, str]:
        """The brokers that are there by their numbers, and on which rack each stands, where that is said."""
        return {node.id: node.rack or "" for node in self._described.nodes}

    @cached_property
    def _described(self) -> Any:
        future = self.admin.describe_cluster(
            include_authorized_operations=True, request_timeout=self.look_seconds
        )
        return self.answer(future, Doing("describe the cluster", "nothing but a login"))

    def topic_names(self) -> list[str]:
        """The topics whose existence this user may know of: those it may not describe are not in it."""
        # This question blocks without a look at why nobody answers; the one about rights has found that out.
        assert self.rights is not None
        try:
            return sorted(self.admin.list_topics(timeout=self.look_seconds).topics)
        except KafkaException as raised:
            raise self.failure(raised.args[0], Doing("list topics", "DESCRIBE on them")) from None

    def must(self, operation: AclOperation, what: str) -> None:
        """PermanentFailure unless this user has a right on the cluster as a whole."""
        if operation.name not in self.rights:
            raise refused(self.user, Doing(what, f"{operation.name} on the cluster"))

    def answer(self, future: Future[Any], doing: Doing) -> Any:
        """What a question is answered; a Failure is raised where it is not."""
        found = self._outcome(future, doing, time.monotonic() + self.look_seconds)
        if isinstance(found, (TemporaryFailure, PermanentFailure)):
            raise found
        return found

    def answers(
        self,
        futures: Mapping[_Key, Future[Any]],
        doing: Callable[[_Key], Doing],
        seconds: float | None = None,
    ) -> dict[_Key, Any]:
        """What each of several questions is answered, or the Failure that it ended in."""
        until = time.monotonic() + (seconds or self.look_seconds)
        return {key: self._outcome(future, doing(key), until) for key, future in futures.items()}

    def wait_until(self, done: Callable[[], bool]) -> bool:
        """Whether something is so in time: brokers learn of a change some moments after it is made."""
        until, pause = time.monotonic() + CHANGE_SECONDS, 0.01
        while not done():
            if time.monotonic() > until:
                return False
            time.sleep(pause)
            pause = min(pause * 2, 0.2)
        return True

    def _outcome(self, future: Future[Any], doing: Doing, until: float) -> Any:
        # The reason of a refused login comes to `error_cb` alone, which is called while polling (librdkafka's manual,
        # "Error handling"); the question itself only times out.
        while not future.done():
            if self._refusals:
                return PermanentFailure(
                    f"cluster `{self.name}` does not let {self.user} in: {self._refusals[0]}"
                )
            if time.monotonic() > min(until + 1, self._down_since + UNREACHED_SECONDS):
                return self._silent()
            wait([future], timeout=0.05)
            self.admin.poll(0)
        try:
            answer = future.result()
        except KafkaException as raised:
            error: KafkaError = raised.args[0]
            if error.code() in (KafkaError._TIMED_OUT, KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN):
                return self._silent()
            return self.failure(error, doing)
        self._answered, self._down_since = True, math.inf
        return answer

    def failure(self, error: KafkaError, doing: Doing) -> Failure:
        """A broker's answer as a failure, without any secret."""
        failure = failure_of(error, self.user, doing)
        return type(failure)(self.hide(str(failure)))

    def _silent(self) -> TemporaryFailure:
        where = self.settings.get("bootstrap_servers", "")
        lost = "no connection to it lasts, as where its `security_protocol` is another"
        trouble = self._trouble or (lost if self._down_since < math.inf else "")
        why = f": {trouble}" if trouble else ""
        return TemporaryFailure(f"cluster `{self.name}` does not answer at {where}{why}")

    def _told(self, error: KafkaError) -> None:
        # "sasl_plaintext://…/bootstrap: SASL authentication error: Authentication failed: … (after 301ms in state …)"
        reason = self.hide(re.sub(r"^\S+/\S+: | \(after \d+ms in state \w+\)", "", one_line(error.str())))
        if error.code() in _REFUSES:
            self._refusals.append(reason)
        elif error.code() in _UNREACHED:
            self._trouble = reason
        elif error.code() == KafkaError._ALL_BROKERS_DOWN and not self._answered:
            self._down_since = min(self._down_since, time.monotonic())

    def _text(self, error: KafkaException) -> str:
        return self.hide(one_line(error.args[0].str()))

    def close(self) -> None:
        """Lets go of the client, whose connections end with it."""
        with self._connecting:
            self.__dict__.pop("_client", None)


def shown(
    broker: Broker,
    outcome: Mapping[_Key, Failure | None],
    not_yet: Callable[[list[_Key]], set[_Key]],
    done: str,
) -> dict[_Key, Failure | None]:
    """The outcome of changes once every one that was made is seen; those `not_yet` seen in time may be later."""
    waiting = [key for key, failure in outcome.items() if failure is None]

    def all_seen() -> bool:
        waiting[:] = not_yet(waiting) if waiting else ()
        return not waiting

    if broker.wait_until(all_seen):
        return dict(outcome)
    late = TemporaryFailure(f"it is {done}, and the brokers of cluster `{broker.name}` do not show it yet")
    return {**outcome, **dict.fromkeys(waiting, late)}


def batches(items: Iterable[_Item], records: Callable[[_Item], int]) -> list[list[_Item]]:
    """The items in as few requests as a controller takes them."""
    found: list[list[_Item]] = []
    left = 0
    for item in items:
        size = records(item)
        if not found or size > left:
            found.append([])
            left = MOST_RECORDS
        found[-1].append(item)
        left -= size
    return found


def first_failure(found: Sequence[Any]) -> Failure | None:
    """The first of some answers that is a failure, saying how many more there are."""
    failures = [one for one in found if isinstance(one, (TemporaryFailure, PermanentFailure))]
    if not failures:
        return None
    more = f" (and {len(failures) - 1} more like it)" if len(failures) > 1 else ""
    return type(failures[0])(f"{failures[0]}{more}")
