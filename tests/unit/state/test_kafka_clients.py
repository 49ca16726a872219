"""What the client library says, as failures; and that after any failure nobody believes to be the writer any more."""

from __future__ import annotations

from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from headgate.ports import ClusterConnection, Failure, PermanentFailure, TemporaryFailure
from headgate.state.formats import Owner
from headgate.state.kafka_topic import Cluster
from headgate.state.ledger import Fenced
from headgate.state.topic import TopicLedger

KAFKA = {
    "bootstrap_servers": "127.0.0.1:9",
    "username": "ann",
    "password": "s3cret",
    "security_protocol": "PLAINTEXT",
}
EU = ClusterConnection(name="eu", kafka=KAFKA)


def error(code: int, text: str = "", **kinds: bool) -> KafkaException:
    return KafkaException(KafkaError(code, text, **kinds))


@pytest.mark.parametrize(
    ("code", "kind", "text"),
    [
        (
            KafkaError.TOPIC_AUTHORIZATION_FAILED,
            PermanentFailure,
            "`ann` may not write topic `t` on cluster `eu`",
        ),
        (KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, PermanentFailure, "`ann` may not write topic `t`"),
        (
            KafkaError._TRANSPORT,
            TemporaryFailure,
            "cluster `eu` does not answer at 127.0.0.1:9",
        ),
        (KafkaError.COORDINATOR_NOT_AVAILABLE, TemporaryFailure, "could not write topic `t`"),
        (KafkaError.MSG_SIZE_TOO_LARGE, PermanentFailure, "could not write topic `t`"),
        (KafkaError.POLICY_VIOLATION, PermanentFailure, "could not write topic `t`"),
    ],
)
def test_an_error_says_whether_it_may_pass(code: int, kind: type[Failure], text: str) -> None:
    failure = Cluster(EU).failure(error(code), "write topic `t`")
    assert type(failure) is kind
    assert str(failure).startswith(text)


def test_a_password_that_a_message_repeats_is_not_shown() -> None:
    failure = Cluster(EU).failure(error(KafkaError._FAIL, "no s3cret here"), "read topic `t`")
    assert str(failure).endswith("no *** here")


def test_settings_that_are_no_clients_are_refused_by_name() -> None:
    nonsense = ClusterConnection(name="eu", kafka={**KAFKA, "options.no.such.thing": "1"})
    with pytest.raises(PermanentFailure, match="the settings of cluster `eu` are no client's"):
        TopicLedger(nonsense, "t", Owner("shop", "prod", "0.1"))


class Producer:
    """A producer whose next commit fails as it is told to."""

    def __init__(self) -> None:
        self.fails: KafkaException | None = None
        self.committed: list[list[Any]] = []
        self.aborted = 0
        self._open: list[Any] = []

    def begin_transaction(self) -> None:
        self._open = []

    def produce(self, topic: str, **record: Any) -> None:
        self._open.append((record["key"], record["value"]))

    def commit_transaction(self, seconds: float) -> None:
        failure, self.fails = self.fails, None
        if failure is not None:
            raise failure
        self.committed.append(self._open)

    def abort_transaction(self, seconds: float) -> None:
        self.aborted += 1


@pytest.fixture
def written() -> tuple[TopicLedger, Producer]:
    """A ledger that is the writer, through a producer of the test's."""
    ledger, producer = TopicLedger(EU, "t", Owner("shop", "prod", "0.1")), Producer()
    ledger._producer = producer
    return ledger, producer


def test_a_batch_is_one_transaction_and_what_is_gone_a_record_without_a_value(
    written: tuple[TopicLedger, Producer],
) -> None:
    ledger, producer = written
    ledger.write([("a", {"format": 2}), ("b", None)])
    assert producer.committed == [[("a", b'{"format":2}'), ("b", None)]]


@pytest.mark.parametrize(
    "code", [KafkaError._FENCED, KafkaError.PRODUCER_FENCED, KafkaError.INVALID_PRODUCER_EPOCH]
)
def test_who_is_fenced_is_told_so_and_writes_nothing_more(
    written: tuple[TopicLedger, Producer], code: int
) -> None:
    ledger, producer = written
    producer.fails = error(code)
    for _ in range(2):
        with pytest.raises(Fenced):
            ledger.write([("a", {})])
    assert producer.committed == []


@pytest.mark.parametrize(("aborts", "count"), [(True, 1), (False, 0)])
def test_after_any_other_failure_too_the_log_must_be_taken_anew(
    written: tuple[TopicLedger, Producer], aborts: bool, count: int
) -> None:
    ledger, producer = written
    producer.fails = error(KafkaError._TIMED_OUT, txn_requires_abort=aborts)
    with pytest.raises(TemporaryFailure):
        ledger.write([("a", {})])
    assert producer.aborted == count
    with pytest.raises(Fenced):
        ledger.write([("a", {})])
