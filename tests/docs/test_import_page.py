"""The commands of the page on imports run on a cluster in memory, and what the page says of them holds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from contracts.fakes.kafka_cluster import FakeCluster
from contracts.fakes.registry import FakeRegistry
from headgate.ports import Listing
from imported import acl, hold, play, record, subject, topic
from running import REPOSITORY, headgate

PAGE = (REPOSITORY / "docs" / "import.md").read_text("utf-8")
COMMANDS = [line.split()[1:] for line in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)[0].splitlines()]
SHOP = Listing(
    topics=(topic("shop.orders", cleanup_policy="compact"), topic("shop.clicks")),
    subjects=(
        subject("shop.orders-value", record(("id", "string"), ("total", ["null", "long"]))),
        subject("shop.orders-key", record(("id", "string"), name="Key")),
    ),
    acls=(acl("billing", "READ", "shop.orders"), acl("billing", "READ", "billing", "group")),
)


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeCluster:
    cluster, registry = FakeCluster(), FakeRegistry()
    hold(cluster, registry, SHOP)
    play(monkeypatch, cluster, registry)
    monkeypatch.chdir(tmp_path)
    return cluster


def test_the_commands_of_the_page_run_and_change_nothing(kafka: FakeCluster, tmp_path: Path) -> None:
    assert [words[0] for words in COMMANDS] == ["init", "check", "access", "lineage", "import"]
    before = (dict(kafka.topics), set(kafka.acls))
    for words in COMMANDS:
        ran = headgate(*words)
        assert ran.code == 0, ran.out + ran.err
    assert (dict(kafka.topics), set(kafka.acls)) == before
    asked = {request for request in kafka.requests if not request.startswith(("describe_", "list_"))}
    assert asked == set()
    (exposure,) = yaml.safe_load((tmp_path / "shop" / "exposures.yml").read_text())["exposures"]
    assert (exposure["name"], exposure["managed_by"]) == ("billing", "other")


def test_the_environment_file_is_as_the_page_says(kafka: FakeCluster, tmp_path: Path) -> None:
    headgate(*COMMANDS[0])
    said = yaml.safe_load((tmp_path / "shop" / "environments" / "live.yml").read_text())
    assert said["clusters"]["main"]["kafka"]["password"] == '{{ env_var("KAFKA_PASSWORD") }}'
