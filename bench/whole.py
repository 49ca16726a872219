"""`python -m bench.whole`: whole commands on a live cluster of a thousand topics, a subject and five ACLs each.

It brings up a local stack of its own, applies a project, measures `plan` where nothing is to be done beside looking at one
thing at a time, then `init --from-cluster` with an account that may only describe and what reads the project that it made; takes
the stack down, and writes docs/performance-whole.md.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from bench.live import APART, CLUSTER, acl_alone, local_stack, through, topic_alone
from bench.live_project import ACLS_A_TOPIC, topic_name, write_live_project
from bench.measuring import measure
from headgate.ports import ClusterConnection, Connections, client_settings
from headgate.providers import schema_registry
from headgate.resources import Resource, ResourceId, ResourceKind
from headgate.resources.live import ACL, SUBJECT, TOPIC

COUNT = 1_000
LOOKS, PASSWORD = "looks", "of-a-bench"
PAGE = Path(__file__).parent.parent / "docs" / "performance-whole.md"
_HEADGATE = [sys.executable, "-m", "headgate"]


@dataclass(frozen=True, slots=True)
class Whole:
    """A command, and how long all of it took: by the clock, and of the processor in its own process."""

    name: str
    seconds: float
    processor: float


@dataclass(frozen=True, slots=True)
class Looked:
    """What `plan` looks at: how many things, and the seconds that one takes when it is looked at alone."""

    name: str
    count: int
    apart: float


def whole_commands(stack: Connections, home: Path) -> Iterator[Whole]:
    """The commands on the live cluster, in an order in which each finds what it needs."""
    cluster = stack.clusters[CLUSTER]
    login, registry = cluster.kafka or {}, (cluster.schema_registry or {})["url"]
    folder = home / "applied"
    write_live_project(
        folder, COUNT, kafka=login["bootstrap_servers"], registry=registry, user=login["username"]
    )
    environ = {"KAFKA_PASSWORD": login["password"]}
    taken = measure([*_HEADGATE, "apply", "--auto-approve"], folder=folder, times=1, environ=environ)
    yield Whole("`apply`, all of it new", taken.seconds, taken.processor)
    taken = measure([*_HEADGATE, "plan"], folder=folder, environ=environ)
    assert "Nothing to change" in taken.out
    yield Whole("`plan`, nothing to be done", taken.seconds, taken.processor)
    describing_account(cluster)
    environ = {"KAFKA_PASSWORD": PASSWORD}
    init = [*_HEADGATE, "init", "seen", "--from-cluster", "--username", LOOKS, "--registry-url", registry]
    init += ["--bootstrap-servers", login["bootstrap_servers"], "--security-protocol", "SASL_PLAINTEXT"]
    taken = measure(init, folder=home, times=1, environ=environ)
    yield Whole("`init --from-cluster`", taken.seconds, taken.processor)
    for words in (["check"], ["ls"], ["lineage", "bench_area0_t0"], ["access", "--what", "bench_area0_t0"]):
        taken = measure([*_HEADGATE, *words], folder=home / "seen", environ=environ)
        yield Whole(f"`{words[0]}` of what it made", taken.seconds, taken.processor)


def describing_account(cluster: ClusterConnection) -> None:
    """An account that may describe everything, and nothing else."""
    client = AdminClient({**client_settings(cluster.kafka or {}), "log_level": 0})
    info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
    made = client.alter_user_scram_credentials([UserScramCredentialUpsertion(LOOKS, info, PASSWORD.encode())])
    made[LOOKS].result(30)
    rights = (
        (ResourceType.TOPIC, "*", AclOperation.DESCRIBE),
        (ResourceType.TOPIC, "*", AclOperation.DESCRIBE_CONFIGS),
        (ResourceType.GROUP, "*", AclOperation.DESCRIBE),
        (ResourceType.BROKER, "kafka-cluster", AclOperation.DESCRIBE),
    )
    bindings = [
        AclBinding(of, name, ResourcePatternType.LITERAL, f"User:{LOOKS}", "*", may, AclPermissionType.ALLOW)
        for of, name, may in rights
    ]
    for granted in client.create_acls(bindings).values():
        granted.result(30)


def looked_at_alone(stack: Connections) -> Iterator[Looked]:
    """The mean of looking at one thing by the least that does, of each kind that `plan` looks at."""
    admin = AdminClient({**client_settings(stack.clusters[CLUSTER].kafka or {}), "log_level": 0})
    with closing(schema_registry.open_provider(stack)) as registry:
        kinds = (
            ("topics", 1, topic_alone(admin), TOPIC),
            ("subjects", 1, through(registry), SUBJECT),
            ("ACLs", ACLS_A_TOPIC, acl_alone(admin), ACL),
        )
        for name, each, alone, kind in kinds:
            things = [_thing(kind, number) for number in range(APART)]
            alone.look(things[0])
            began = time.perf_counter()
            for one in things:
                alone.look(one)
            yield Looked(name, COUNT * each, (time.perf_counter() - began) / len(things))


def _thing(kind: ResourceKind, number: int) -> Resource:
    """A thing of the project that was applied, with as much of it as it takes to look at it."""
    topic = topic_name(number)
    name = f"{topic}-value" if kind is SUBJECT else topic
    fields = {"cluster": CLUSTER, "name": topic, "principal": f"User:reader-{number}"}
    return Resource(id=ResourceId(kind.name, f"{CLUSTER}/{name}"), fields=fields)


def page(commands: Sequence[Whole], looked: Sequence[Looked]) -> str:
    """The measurements as Markdown."""
    rows = [f"| {one.name} | {one.seconds:.1f} | {one.processor:.1f} |" for one in commands]
    plan = next(one.seconds for one in commands if one.name.startswith("`plan`"))
    alone = [
        f"| {one.name} | {one.count:,} | {one.apart * 1000:.1f} | {one.count * one.apart:.1f} |"
        for one in looked
    ]
    total = sum(one.count * one.apart for one in looked)
    return "\n".join([_HEAD, *rows, _ALONE, *alone, _how(plan, total)])


_HEAD = f"""\
# Whole commands on a live cluster

<!-- written by `python -m bench.whole` -->

A cluster with {COUNT:,} topics, a subject for each and {COUNT * ACLS_A_TOPIC:,} ACLs; each command as a process of its own, from its start to
its end, reading files and working everything out included.

| | seconds | of the processor |
| --- | ---: | ---: |"""
_ALONE = """
`plan` asks for all of that many at a time. Looked at one after the other, the same things would take:

| | things | ms a thing | seconds |
| --- | ---: | ---: | ---: |"""


def _how(plan: float, total: float) -> str:
    return f"""
That is {total:.1f} s for the looking alone, {total / plan:.1f} times as long as the whole of `plan`.

## How it was measured

- broker and registry of `headgate local`, on the same machine: {os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()},
  which the commands share with them, and with whatever else it does: what a command itself takes of the processor says less of that;
- `apply` and `init` once, the others the quickest of three; one at a time: the mean of {APART} things;
- `init` and what follows with an account that may describe topics, groups and the cluster, and nothing else.
"""


def main() -> None:
    """Measures, and writes the page."""
    with tempfile.TemporaryDirectory(prefix="headgate-bench-") as home, local_stack() as stack:
        commands = list(whole_commands(stack, Path(home)))
        looked = list(looked_at_alone(stack))
    for one in commands:
        print(f"{one.name}: {one.seconds:.1f} s")
    PAGE.write_text(page(commands, looked))


if __name__ == "__main__":
    main()
