"""Names that a broker would refuse, and names that two would write."""

from __future__ import annotations

import pytest

from loading import lines

TOPIC = "  - {{name: {}, topic: {}, columns: [{{name: id, data_type: int}}]}}\n"


@pytest.mark.parametrize("topic", ["a/b", "'a b'", "'..'", "x" * 250, "ä"])
def test_names_that_kafka_refuses(topic: str) -> None:
    assert lines({"a.yml": "models:\n" + TOPIC.format("a", topic)}) == ["HGP063 a.yml:2"]


def test_the_prefix_counts() -> None:
    files = {
        "environments/dev.yml": "engine: embedded\nnaming: {prefix: 'dev/'}\n",
        "a.yml": "models:\n" + TOPIC.format("a", "b"),
    }
    assert lines(files, env="dev") == ["HGP063 a.yml:2"]
    sources = files | {"a.yml": "sources:\n" + TOPIC.format("a", "b")}
    assert lines(sources, env="dev") == []


def test_two_writers_of_one_topic_are_said_and_two_readers_are_not() -> None:
    two = TOPIC.format("a", "x.y") + TOPIC.format("b", "x.y")
    assert lines({"a.yml": "models:\n" + two}) == ["HGP064 a.yml:3"]
    assert lines({"a.yml": "sources:\n" + two}) == []
    assert lines({"a.yml": "models:\n" + TOPIC.format("a", "x.y") + TOPIC.format("b", "x_y")}) == [
        "HGP064 a.yml:3"
    ]
    assert lines(
        {"a.yml": "sources:\n" + TOPIC.format("a", "x"), "b.yml": "models:\n" + TOPIC.format("b", "x")}
    ) == ["HGP064 b.yml:2"]


def test_one_name_in_two_clusters_is_two() -> None:
    two = TOPIC.format("a", "x, cluster: one") + TOPIC.format("b", "x, cluster: two")
    assert lines({"a.yml": "models:\n" + two}) == []


def test_two_sinks_may_read_one_topic_and_not_be_one_connector() -> None:
    sink = "  - {{name: {}, from: {{model: a}}, sink: {{type: file, connector: {}}}}}\n"
    text = "models:\n" + TOPIC.format("a", "x")
    assert lines({"a.yml": text + sink.format("s", "c1") + sink.format("t", "c2")}) == []
    assert lines({"a.yml": text + sink.format("s", "c1") + sink.format("t", "c1")}) == ["HGP064 a.yml:4"]


def test_disabled_streams_write_nothing() -> None:
    assert (
        lines({"a.yml": "models:\n" + TOPIC.format("a", "x") + TOPIC.format("b", "x, enabled: false")}) == []
    )
