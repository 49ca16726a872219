"""State in a topic of a real broker: the contract, and what only a broker can do to it."""

from __future__ import annotations

import inspect
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import NewTopic

from accounts import account, admin, connection, create_topic, local_stack
from back_half import TOPIC, thing
from contracts import test_state_store as contract
from headgate.local.connections import LocalStack
from headgate.ports import (
    ClusterConnection,
    PermanentFailure,
    StateHeld,
    StateLost,
    StateStore,
    TemporaryFailure,
    client_settings,
)
from headgate.resources import Resource
from headgate.resources.grants import Grant, reading, writing
from headgate.state import LoggedState, open_topic_state
from headgate.state.formats import Owner
from headgate.state.topic import TopicLedger
from real.conftest import Stack

pytestmark = [pytest.mark.real, pytest.mark.slow]

A, B = thing(TOPIC, "dev/a", size=1), thing(TOPIC, "dev/b", size=1)


@pytest.fixture(scope="module")
def broker(stack: Stack) -> LocalStack:
    return local_stack(stack.project)


@pytest.fixture
def topic(request: pytest.FixtureRequest) -> str:
    """A name that no other test uses."""
    return f"state-{abs(hash(request.node.nodeid))}"


Opened = Callable[..., LoggedState]


@pytest.fixture
def opened(broker: LocalStack, topic: str) -> Iterator[Opened]:
    """Opens the state of the test's topic, as another process would after the one before it was killed."""
    stores: list[LoggedState] = []

    def open_one(project: str = "shop") -> LoggedState:
        owner = Owner(project, "dev", "0.1")
        ledger = TopicLedger(connection(broker), topic, owner)
        stores.append(LoggedState(ledger, owner, backups=Path("nowhere"), ended=lambda _: True))
        return stores[-1]

    yield open_one
    for store in stores:
        store.close()


CONTRACT = [
    promise
    for name, promise in vars(contract).items()
    if name.startswith("test_") and list(inspect.signature(promise).parameters) == ["opened"]
]


@pytest.mark.parametrize("promise", CONTRACT, ids=lambda one: one.__name__)
def test_a_state_in_a_topic_keeps_the_contract(promise: Callable[[Opened], None], opened: Opened) -> None:
    promise(opened)


def state_in(
    topic: str, where: ClusterConnection, project: str = "shop", backups: Path = Path("nowhere")
) -> LoggedState:
    return open_topic_state(where, topic, project=project, environment="dev", version="0.1", backups=backups)


def test_of_applies_that_begin_at_once_one_gets_the_lock(broker: LocalStack, topic: str) -> None:
    create_topic(broker, NewTopic(topic, 1, 1, config={"cleanup.policy": "compact"}))
    stores = [state_in(topic, connection(broker)) for _ in range(4)]
    outcomes: list[object] = []
    at_once = threading.Barrier(len(stores))

    def begin(store: StateStore) -> None:
        at_once.wait()
        try:
            store.begin()
            outcomes.append(store)
        except (StateHeld, StateLost, TemporaryFailure) as refused:
            outcomes.append(refused)

    _side_by_side([lambda store=store: begin(store) for store in stores])  # type: ignore[misc]
    (holder,) = [one for one in outcomes if isinstance(one, LoggedState)]
    holder.record([A])
    holder.finish()
    assert state_in(topic, connection(broker)).read() == {A.id: A}


def test_what_two_projects_claim_at_once_is_one_projects(broker: LocalStack, topic: str) -> None:
    things = [thing(TOPIC, f"dev/{number}", size=1) for number in range(8)]
    stores = {name: state_in(topic, connection(broker), name) for name in ("shop", "bank")}
    for store in stores.values():
        store.begin()
    at_once = threading.Barrier(len(stores))
    won: list[tuple[str, Resource]] = []

    def claim(name: str) -> None:
        for one in things:
            at_once.wait()
            try:
                stores[name].intend([one.id])
                won.append((name, one))
            except StateLost as lost:
                assert "claimed first by" in str(lost)

    _side_by_side([lambda: claim("shop"), lambda: claim("bank")])
    assert sorted(one.id for _, one in won) == sorted(one.id for one in things)
    for name, one in won:
        assert state_in(topic, connection(broker), name).claimed_by_others([one.id]) == {}


def _side_by_side(users: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=user) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive()


HOLDER = """\
import sys, time
from pathlib import Path
from accounts import connection, local_stack
from back_half import TOPIC, thing
from headgate.state import open_topic_state
state = open_topic_state(
    connection(local_stack(Path(sys.argv[1]))), sys.argv[2], project="shop", environment="dev", version="0.1",
    backups=Path("nowhere"),
)
state.begin()
state.record([thing(TOPIC, "dev/a", size=1)])
state.intend([thing(TOPIC, "dev/b", size=1).id])
if sys.argv[3:]:
    producer = state._ledger._producer
    producer.begin_transaction()
    producer.produce(sys.argv[2], key="shop/dev/topic/dev/c", value="{}", partition=0)
    producer.flush(10)
print("ready", flush=True)
for line in sys.stdin:
    try:
        state.intend([thing(TOPIC, "dev/c", size=1).id])
        print("touched", flush=True)
    except Exception as error:
        print(type(error).__name__, error, flush=True)
"""


@pytest.fixture
def holder(stack: Stack, topic: str) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """A process that has the lock, made one thing and began another."""
    started: list[subprocess.Popen[str]] = []

    def start(*more: str) -> subprocess.Popen[str]:
        tests = Path(__file__).parents[1]
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(stack.project), topic, *more],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": str(tests)},
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


Start = Callable[..., subprocess.Popen[str]]


def test_while_a_process_applies_another_is_told_who(broker: LocalStack, topic: str, holder: Start) -> None:
    process = holder()
    with pytest.raises(StateHeld, match=f"process {process.pid}, since .* last heard of at"):
        state_in(topic, connection(broker)).begin()


@pytest.mark.parametrize("within_a_transaction", [False, True])
def test_after_a_killed_apply_the_next_one_goes_on(
    broker: LocalStack, topic: str, holder: Start, within_a_transaction: bool
) -> None:
    process = holder(*["open"] * within_a_transaction)
    process.send_signal(signal.SIGKILL)
    process.wait()
    state = state_in(topic, connection(broker))
    assert (state.read(), state.intents()) == ({A.id: A}, (B.id,))
    state.begin()
    state.record([B])
    state.finish()
    assert state_in(topic, connection(broker)).read() == {A.id: A, B.id: B}


def test_a_holder_that_wakes_up_after_an_unlock_touches_nothing(
    broker: LocalStack, topic: str, holder: Start
) -> None:
    process = holder()
    process.send_signal(signal.SIGSTOP)
    state = state_in(topic, connection(broker))
    assert state.lock is not None
    assert state.unlock(state.lock.id)
    process.send_signal(signal.SIGCONT)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("go on\n")
    process.stdin.flush()
    assert process.stdout.readline().startswith("StateLost the lock was taken away")
    after = state_in(topic, connection(broker))
    after.begin()
    assert after.intents() == (B.id,)


def test_a_holder_that_was_fenced_goes_on_while_the_lock_is_its_own(opened: Opened) -> None:
    state = opened()
    state.begin()
    state.intend([A.id])
    assert not opened().unlock("cafe0001")
    state.record([A])
    state.finish()
    assert (opened().read(), opened().lock) == ({A.id: A}, None)


def test_what_stands_behind_a_transaction_that_is_not_over_is_waited_for(
    broker: LocalStack, topic: str, opened: Opened
) -> None:
    bank = opened("bank")
    bank.begin()
    producer: Any = Producer(
        {**client_settings(connection(broker).kafka or {}), "transactional.id": f"x-{topic}"}
    )
    producer.init_transactions(10)
    producer.begin_transaction()
    producer.produce(topic, key="other/dev", value="{}", partition=0)
    producer.flush(10)
    bank._ledger.write([Owner("bank", "dev", "0.1").thing(A.id, A)])
    threading.Timer(1.0, lambda: producer.abort_transaction(10)).start()
    before = time.monotonic()
    assert opened("bank").read() == {A.id: A}
    assert 0.5 < time.monotonic() - before < 20


def test_to_read_takes_read_and_describe_alone_and_makes_no_topic(broker: LocalStack, topic: str) -> None:
    user = f"reader-{topic}"
    account(broker, user, reading(f"User:{user}", topic))
    state = state_in(topic, connection(broker, user))
    assert (state.generation, state.read()) == (0, {})
    client = admin(broker)
    assert topic not in client.list_topics(timeout=10).topics
    mine = state_in(topic, connection(broker))
    mine.begin()
    mine.record([A])
    again = state_in(topic, connection(broker, user))
    assert again.read() == {A.id: A}
    mine.finish()
    with pytest.raises(PermanentFailure, match=f"`{user}` may not write"):
        again.begin()


def test_who_may_not_read_is_told_so(broker: LocalStack, topic: str) -> None:
    account(broker, f"nobody-{topic}")
    with pytest.raises(PermanentFailure, match=f"`nobody-{topic}` may not read topic `{topic}`"):
        state_in(topic, connection(broker, f"nobody-{topic}"))


def test_where_the_topic_is_missing_and_may_not_be_made_the_error_has_the_commands_that_do(
    broker: LocalStack, topic: str
) -> None:
    user = f"writer-{topic}"
    account(broker, user, reading(f"User:{user}", topic))
    with pytest.raises(PermanentFailure) as refused:
        state_in(topic, connection(broker, user)).begin()
    _, create, *acls = (line.strip() for line in str(refused.value).splitlines())
    words = create.split()
    assert words[:4] == ["kafka-topics.sh", "--bootstrap-server", broker.kafka, "--create"]
    config = dict(
        word.split("=") for word, before in zip(words[1:], words, strict=False) if before == "--config"
    )
    new = NewTopic(
        words[words.index("--topic") + 1], int(words[words.index("--partitions") + 1]), 1, config=config
    )
    create_topic(broker, new)
    account(broker, user, (grant for line in acls for grant in _grants(line.split())))
    state = state_in(topic, connection(broker, user))
    state.begin()
    state.record([A])
    state.finish()
    assert state_in(topic, connection(broker, user)).read() == {A.id: A}


def _grants(words: list[str]) -> Iterator[Grant]:
    def after(flag: str) -> list[str]:
        return [word for before, word in pairwise(words) if before == flag]

    for resource in ("topic", "transactional_id"):
        for name in after(f"--{resource.replace('_', '-')}"):
            for operation in after("--operation"):
                yield Grant(after("--allow-principal")[0], resource, name, operation)


def test_a_topic_that_forgets_is_no_place_for_a_state(broker: LocalStack, topic: str) -> None:
    create_topic(broker, NewTopic(topic, 1, 1))
    with pytest.raises(PermanentFailure, match=r"cleanup\.policy=delete"):
        state_in(topic, connection(broker)).begin()


def test_a_topic_of_several_partitions_is_no_place_for_a_state(broker: LocalStack, topic: str) -> None:
    create_topic(broker, NewTopic(topic, 2, 1, config={"cleanup.policy": "compact"}))
    with pytest.raises(PermanentFailure, match="2 partitions"):
        state_in(topic, connection(broker)).begin()


def test_a_wrong_password_is_told_at_once_and_is_not_shown(broker: LocalStack, topic: str) -> None:
    kafka = {**(connection(broker).kafka or {}), "password": "wr0ng-and-secret"}
    before = time.monotonic()
    with pytest.raises(PermanentFailure, match="does not let `admin` in") as refused:
        state_in(topic, ClusterConnection(name="dev", kafka=kafka))
    assert "wr0ng-and-secret" not in str(refused.value)
    assert time.monotonic() - before < 8


def test_a_broker_that_is_down_is_told_in_bounded_time(topic: str) -> None:
    before = time.monotonic()
    with pytest.raises(
        TemporaryFailure, match=r"cluster `dev` does not answer at 127\.0\.0\.1:9: .*Connection refused"
    ):
        state_in(topic, ClusterConnection(name="dev", kafka={"bootstrap_servers": "127.0.0.1:9"}))
    assert time.monotonic() - before < 20


def test_an_account_with_what_writing_takes_can_write(broker: LocalStack, topic: str, opened: Opened) -> None:
    opened().begin()
    user = f"enough-{topic}"
    account(broker, user, writing(f"User:{user}", topic, "headgate-shop-dev"))
    opened().unlock(_lock(opened()))
    state = state_in(topic, connection(broker, user))
    state.begin()
    state.intend([A.id])
    state.finish()


def _lock(state: LoggedState) -> str:
    assert state.lock is not None
    return state.lock.id
