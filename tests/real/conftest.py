"""One local stack for all tests that use it; those that stop or break parts bring up one of their own."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from contracts.kafka_things import connections
from headgate.local.connections import LocalStack
from headgate.local.connections import connections as stack_connections
from headgate.local.settings import Layout
from headgate.ports import Connections
from java import MISSING
from running import headgate_process

UP_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack that is up, and the project folder that it belongs to."""

    project: Path

    def lend(self, project: Path) -> Path:
        """The project, which has this stack for its own."""
        folder = project / ".headgate"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "local").symlink_to((self.project / ".headgate" / "local").resolve())
        return project


def brought_up(folder: Path) -> Stack:
    """A stack of that folder's own."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "headgate.yml").write_text("name: stack\n")
    ran = headgate_process("local", "up", project=folder, environ=environment())
    said = ran.out + ran.err
    if ran.code and "fetch" in said and os.environ.get("CI") != "true":
        pytest.skip(f"the local stack cannot be had here: {said}")
    assert ran.code == 0, said
    return Stack(folder)


def environment() -> Mapping[str, str]:
    """What of this process's variables the stack's programs are found by."""
    names = ("JAVA_HOME", "MAVEN_OPTS", "XDG_CACHE_HOME")
    return {name: os.environ[name] for name in names if name in os.environ}


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stack that tests share. Each keeps to names of its own."""
    if MISSING and os.environ.get("CI") != "true":
        pytest.skip(
            f"the local stack needs Java 17 and Maven, and there is no {' and no '.join(MISSING)} here"
        )
    folder = tmp_path_factory.mktemp("stack")
    try:
        yield brought_up(folder)
    finally:
        headgate_process("local", "down", "--wipe", project=folder, environ=environment())


@pytest.fixture(scope="session")
def parts(stack: Stack) -> LocalStack:
    """Where the parts of the stack are."""
    found = stack_connections(Layout(stack.project / ".headgate" / "local"))
    assert isinstance(found, LocalStack)
    return found


@pytest.fixture(scope="session")
def reached(parts: LocalStack) -> Connections:
    """The stack as an environment with one cluster."""
    login = {
        "bootstrap_servers": parts.kafka,
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "PLAIN",
        "username": parts.user,
        "password": parts.password,
    }
    return connections(kafka=login, schema_registry={"url": parts.registry})
