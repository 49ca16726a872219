"""`python -m bench.live`: live systems asked for many things at once, beside the same one at a time.

It brings up a local stack of its own, measures, takes it down, and writes docs/performance-live.md.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from confluent_kafka import TopicCollection
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ConfigResource,
    NewTopic,
    ResourcePatternType,
    ResourceType,
)

from headgate.local.connections import connections as stack_connections
from headgate.local.settings import Layout
from headgate.ports import Action, Change, ClusterConnection, Connections, Provider, client_settings
from headgate.providers import kafka, schema_registry
from headgate.resources import Resource, ResourceId
from headgate.resources.live import ACL, SUBJECT, TOPIC, acl_name

CLUSTER = "main"
APART = 200
"""How many of the things are done one at a time: enough for a mean."""
PAGE = Path(__file__).parent.parent / "docs" / "performance-live.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The same work on `count` things in one call, and on `apart_count` of them in a call each."""

    name: str
    count: int
    seconds: float
    apart_count: int
    apart_seconds: float

    @property
    def ratio(self) -> float:
        """How many times as long a thing takes when it is done alone."""
        return (self.apart_seconds / self.apart_count) / (self.seconds / self.count)


def topics(count: int) -> list[Resource]:
    config = {"cleanup.policy": "delete", "retention.ms": "604800000"}
    fields = {"cluster": CLUSTER, "partitions": 1, "config": config}
    return [Resource(id=ResourceId(TOPIC.name, f"{CLUSTER}/bench.{i}"), fields=fields) for i in range(count)]


def acls(count: int) -> list[Resource]:
    return [_acl(f"User:reader-{i // 5}", f"bench.{i % 1000}") for i in range(count)]


def _acl(principal: str, name: str) -> Resource:
    said = {
        "principal": principal,
        "resource_type": "topic",
        "name": name,
        "pattern": "literal",
        "operation": "READ",
    }
    fields = {"cluster": CLUSTER, "host": "*", "permission": "allow", **said}
    return Resource(id=ResourceId(ACL.name, acl_name(CLUSTER, **said)), fields=fields)


def subjects(count: int) -> list[Resource]:
    return [_subject(f"bench.{i}-value", f"R{i}") for i in range(count)]


def _subject(name: str, record: str) -> Resource:
    columns = [{"name": f"c{i}", "type": ["null", "string"], "default": None} for i in range(12)]
    schema = {"type": "record", "name": record, "namespace": "bench", "fields": columns}
    fields = {"cluster": CLUSTER, "type": "AVRO", "schema": schema, "compatibility": "BACKWARD"}
    return Resource(id=ResourceId(SUBJECT.name, f"{CLUSTER}/{name}"), fields=fields)


@dataclass(frozen=True, slots=True)
class Alone:
    """The least that makes, and that looks at, one thing: a request, or the few it takes, and the answer awaited."""

    make: Callable[[Resource], object]
    look: Callable[[Resource], object]


def topic_alone(admin: AdminClient) -> Alone:
    def make(one: Resource) -> None:
        new = NewTopic(_name(one), one.fields["partitions"], config=one.fields["config"])
        admin.create_topics([new])[new.topic].result()

    def look(one: Resource) -> None:
        asked = ConfigResource(ResourceType.TOPIC, _name(one))
        described = admin.describe_topics(TopicCollection([asked.name]))
        admin.describe_configs([asked])[asked].result()
        described[asked.name].result()

    return Alone(make, look)


def acl_alone(admin: AdminClient) -> Alone:
    def said(one: Resource) -> tuple[Any, ...]:
        literal, read, allow = ResourcePatternType.LITERAL, AclOperation.READ, AclPermissionType.ALLOW
        fields = one.fields
        return ResourceType.TOPIC, fields["name"], literal, fields["principal"], "*", read, allow

    def make(one: Resource) -> None:
        binding = AclBinding(*said(one))
        admin.create_acls([binding])[binding].result()

    def look(one: Resource) -> None:
        admin.describe_acls(AclBindingFilter(*said(one))).result()

    return Alone(make, look)


def through(provider: Provider) -> Alone:
    """A thing as the provider makes it and looks at it when it is asked for that alone."""
    return Alone(
        lambda one: provider.carry_out([Change(Action.CREATE, one.id, one)]),
        lambda one: provider.observe([one.id]),
    )


def compared(what: str, things: Sequence[Resource], provider: Provider, alone: Alone) -> Iterator[Compared]:
    """Making the things and looking at them, together and one at a time. They are gone before it and after it."""
    some = things[:APART]

    def carried_out(action: Action, part: Sequence[Resource]) -> None:
        changes = [Change(action, r.id, None if action is Action.DELETE else r) for r in part]
        failures = [failure for failure in provider.carry_out(changes) if failure is not None]
        assert not failures, failures[0]

    def looked() -> None:
        assert all(one.fields is not None for one in provider.observe([r.id for r in things]))

    # The first question finds out who asks and what it may do.
    provider.observe([things[0].id])
    apart = sum(_timed(partial(alone.make, one)) for one in some)
    carried_out(Action.DELETE, some)
    together = _timed(partial(carried_out, Action.CREATE, things))
    yield _compared(f"make {what}", things, together, some, apart)
    together = min(_timed(looked) for _ in range(3))
    apart = sum(_timed(partial(alone.look, one)) for one in some)
    yield _compared(f"look at {what}", things, together, some, apart)
    carried_out(Action.DELETE, things)


def _compared(
    name: str, things: Sequence[Resource], together: float, some: Sequence[Resource], apart: float
) -> Compared:
    return Compared(
        name=name, count=len(things), seconds=together, apart_count=len(some), apart_seconds=apart
    )


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _name(one: Resource) -> str:
    return one.id.name.partition("/")[2]


@contextmanager
def local_stack() -> Iterator[Connections]:
    """A local stack of its own, gone afterwards, as an environment with one cluster."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "headgate.yml").write_text("name: bench\n")
        headgate = [sys.executable, "-m", "headgate", "local"]
        subprocess.run([*headgate, "up", "--only", "kafka,registry", "--project", folder], check=True)
        try:
            stack = stack_connections(Layout(Path(folder).resolve() / ".headgate" / "local"))
            assert stack is not None
            login = {
                "bootstrap_servers": stack.kafka,
                "security_protocol": "SASL_PLAINTEXT",
                "sasl_mechanism": "PLAIN",
                "username": stack.user,
                "password": stack.password,
            }
            cluster = ClusterConnection(name=CLUSTER, kafka=login, schema_registry={"url": stack.registry})
            yield Connections(project="bench", environment="local", clusters={CLUSTER: cluster})
        finally:
            subprocess.run([*headgate, "down", "--wipe", "--project", folder], check=True)


def page(rows: Sequence[Compared]) -> str:
    """The measurements as Markdown."""
    lines = [
        f"| {row.name} | {row.count:,} | {row.seconds:.2f} | {row.seconds / row.count * 1000:.2f} "
        f"| {row.apart_seconds / row.apart_count * 1000:.2f} | {row.ratio:.1f} |"
        for row in rows
    ]
    return "\n".join([_HEAD, *lines, _how()])


_HEAD = """\
# Performance on live systems

<!-- written by `python -m bench.live` -->

Topics and ACLs go to brokers many in a request; subjects have no such request, and go eight at a time. Beside it the same work one
thing at a time: one request for it and the next when that is answered, over a connection that is there already.

| | things | seconds together | ms a thing, together | ms a thing, one at a time | ratio |
| --- | ---: | ---: | ---: | ---: | ---: |"""


def _how() -> str:
    return f"""
## How it was measured

- broker and registry of `headgate local`, on the same machine: {os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()};
  where the network is slower than this loopback, every request that is saved counts for more;
- together, to make a thing is to see it made: the time until the brokers show it is part of it. One at a time it is not;
- together: making once, looking the quickest of three; one at a time: the mean of {APART} things.
"""


def main() -> None:
    """Measures, and writes the page."""
    with (
        local_stack() as found,
        closing(kafka.open_provider(found)) as brokers,
        closing(schema_registry.open_provider(found)) as registry,
    ):
        admin = AdminClient({**client_settings(found.clusters[CLUSTER].kafka or {}), "log_level": 0})
        rows = [
            *compared("topics", topics(1000), brokers, topic_alone(admin)),
            *compared("ACLs", acls(5000), brokers, acl_alone(admin)),
            *compared("subjects", subjects(1000), registry, through(registry)),
        ]
    for row in rows:
        print(
            f"{row.name}: {row.count} in {row.seconds:.2f} s, {row.ratio:.1f} times as quick as one at a time"
        )
    PAGE.write_text(page(rows))


if __name__ == "__main__":
    main()
