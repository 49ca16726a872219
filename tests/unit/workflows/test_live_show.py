"""`show` and `tail` on a live environment, whose topic a test plays: who sees what, when it ends, what cannot be read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headgate.observe.parts import LookedAt, Part
from headgate.observe.reading import MalformedRecord, ReadRecords
from headgate.observe.topic import NoTopic
from headgate.ports import PermanentFailure, StreamRecord, TemporaryFailure
from headgate.workflows import live_records, mirror
from live_systems import ENVIRONMENT, Shop, shop

STREAMS = """\
roles:
  - {name: desk, principals: ["User:desk"]}
sources:
  - name: orders
    topic: orders.v1
    cluster: main
    columns:
      - {name: order_id, data_type: string}
      - {name: card, data_type: string, classification: highly_sensitive}
      - {name: twice, data_type: string, expression: "order_id || order_id"}
  - name: cards
    topic: cards.v1
    cluster: main
    columns:
      - {name: card, data_type: string, classification: highly_sensitive}
      - {name: number, data_type: bigint, expression: CAST(card AS BIGINT)}
  - name: secrets
    topic: secrets.v1
    cluster: main
    columns: [{name: a, data_type: string}]
    security:
      policies:
        - allow: {roles: [desk], purpose: care}
models:
  - name: states
    materialized: topic
    cluster: main
    key: order_id
    changelog: upsert
    columns:
      - {name: order_id, data_type: string, constraints: [not_null]}
      - {name: state, data_type: string}
  - name: filled
    materialized: ephemeral
    sql: SELECT order_id FROM {{ source("orders") }} WHERE card IS NOT NULL
  - name: numbered
    materialized: ephemeral
    sql: SELECT order_id, CAST(card AS BIGINT) AS number FROM {{ source("orders") }}
  - name: store
    materialized: sink
    cluster: main
    from: {source: orders}
    sink: {type: file, config: {file: /tmp/x}}
"""
PROJECT = """\
name: shop
purposes: [care]
classification: {default: internal, clearance_default: internal}
"""
BAD = MalformedRecord(
    0, 7, None, '{"order_id": "secret-4711"}', "`n` is no INT", "`n`: secret-4711 is no INT"
)


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    made = shop(tmp_path, monkeypatch, STREAMS)
    made.write("headgate.yml", PROJECT)
    made.write("environments/prod.yml", ENVIRONMENT + "reader: {role: desk}\n")
    return made


def order(number: int) -> StreamRecord:
    return StreamRecord("+I", None, {"order_id": f"o{number}", "card": f"4000-{number}"})


def holds(monkeypatch: pytest.MonkeyPatch, found: LookedAt | Exception) -> list[Part]:
    """The topic holds this; every look at it is noted."""
    looks: list[Part] = []

    def look_at(connection: Any, wire: Any, part: Part) -> LookedAt:
        looks.append(part)
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(live_records, "look_at", look_at)
    return looks


def comes(monkeypatch: pytest.MonkeyPatch, *batches: list[StreamRecord]) -> list[int]:
    """This comes to the topic; with how many earlier ones a tail began is noted. What reads on after that never ends."""
    begun: list[int] = []

    def follow_records(connection: Any, wire: Any, *, last: int) -> Iterator[ReadRecords]:
        begun.append(last)
        yield from (ReadRecords(tuple(batch)) for batch in batches)
        raise AssertionError("it read on")

    monkeypatch.setattr(live_records, "follow_records", follow_records)
    return begun


def test_a_role_sees_a_live_record_in_its_forms_and_computed_columns_too(
    live: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    holds(monkeypatch, LookedAt(rows=(order(1), order(2)), more=True))
    answer = live.answer("show", "orders", "--as", "desk")
    assert {c["name"]: c["form"] for c in answer["columns"]} == {
        "order_id": "clear", "card": "redacted", "twice": "clear",
    }  # fmt: skip
    assert answer["rows"][0] == {"order_id": "o1", "card": None, "twice": "o1o1"}
    assert answer["truncated"] and "4000" not in json.dumps(answer)


READER = """\
roles:
  - {name: desk, principals: ["User:desk"]}
  - {name: fraud, principals: ["User:fraud"]}
sources:
  - name: cards
    topic: cards.v1
    cluster: main
    columns:
      - {name: id, data_type: string}
      - {name: card, data_type: string, classification: highly_sensitive}
      - {name: name, data_type: string, classification: highly_sensitive}
      - {name: phone, data_type: string, classification: highly_sensitive}
    security:
      policies:
        - mask: {column: card, method: partial, keep_first: 2, keep_last: 1, applied_in: [{roles: [desk]}]}
        - mask: {column: card, method: partial, keep_first: 0, keep_last: 3, applied_in: [{roles: [fraud]}]}
        - mask: {column: name, method: tokenization, applied_in: [{roles: [fraud]}]}
        - mask: {column: phone, method: partial, keep_first: 1, keep_last: 0, applied_in: [{roles: [desk]}]}
"""


def test_of_a_role_that_sees_more_than_the_reader_no_more_is_shown_and_it_is_said_who_decided(
    live: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.write("streams.yml", READER)
    row = StreamRecord("+I", None, {"id": "1", "card": "123456", "name": "ann", "phone": "555"})
    holds(monkeypatch, LookedAt(rows=(row,)))
    comes(monkeypatch, [row])
    answer = live.answer("show", "cards", "--as", "fraud")
    assert answer["rows"] == [{"id": "1", "card": "*****6", "name": None, "phone": None}]
    assert {c["name"]: c["limited_by"] for c in answer["columns"]} == {
        "id": "", "card": "desk", "name": "desk", "phone": "",
    }  # fmt: skip
    told = "card, name: fraud sees more; shown as desk sees it"
    assert told in live.run("show", "cards", "--as", "fraud").out
    assert told in live.run("tail", "cards", "--as", "fraud", "--limit", "1").err
    assert "sees more" not in live.run("show", "cards").out


def test_where_the_environments_reader_may_not_read_it_is_said_who_that_is(live: Shop) -> None:
    closed = STREAMS.replace("allow: {roles: [desk], purpose: care}", "allow: {roles: [other]}")
    live.write("streams.yml", closed.replace("roles:\n", "roles:\n  - {name: other}\n", 1))
    (told,) = live.answer("show", "secrets", "--as", "other")["diagnostics"]
    assert told["message"].startswith("desk, as whom `prod` is looked at, may not read `secrets`")


def test_what_is_asked_for_reaches_the_topic(live: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    (look,) = [holds(monkeypatch, LookedAt(rows=()))]
    live.run("show", "orders", "--as", "desk", "--limit", "3", "--from", "latest")
    assert look == [Part(limit=3, latest=True)]


def test_a_reader_that_is_denied_makes_no_read(live: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    looks, begun = holds(monkeypatch, LookedAt(rows=())), comes(monkeypatch)
    for verb in ("show", "tail"):
        ran = live.run(verb, "secrets", "--as", "desk", "--output", "json")
        assert (ran.code, ran.json["rows"]) == (1, [])
        assert [d["code"] for d in ran.json["diagnostics"]] == ["HGS050"]
        assert ran.json["diagnostics"][0]["file"] == "streams.yml"
    assert (looks, begun) == ([], [])


def test_malformed_records_are_counted_and_none_of_their_values_is_shown(
    live: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    holds(monkeypatch, LookedAt(rows=(order(1),), malformed=(BAD, BAD)))
    ran = live.run("show", "orders", "--as", "desk")
    assert "2 malformed, the first at partition 0, offset 7: `n` is no INT" in ran.out
    assert "4711" not in ran.out + json.dumps(live.answer("show", "orders", "--as", "desk"))


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (NoTopic("there is no topic orders.v1"), "HGD020"),
        (TemporaryFailure("nobody answers, and hush is the password"), "HGD030"),
        (PermanentFailure("the values of orders.v1 are Protobuf, which is not read yet"), "HGD030"),
    ],
)
def test_what_cannot_be_read_is_said_at_the_declaration_and_no_secret_is_told(
    live: Shop, monkeypatch: pytest.MonkeyPatch, failure: Exception, code: str
) -> None:
    holds(monkeypatch, failure)
    ran = live.run("show", "orders", "--as", "desk", "--output", "json")
    (told,) = ran.json["diagnostics"]
    assert (ran.code, told["code"], told["file"], told["node"]) == (2, code, "streams.yml", "source.orders")
    assert "hush" not in ran.out


def test_of_a_topic_that_was_not_read_whole_it_is_said(live: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    row = StreamRecord("+I", None, {"order_id": "a", "state": "paid"})
    holds(monkeypatch, LookedAt(rows=(row,), whole=False))
    ran = live.run("show", "states", "--as", "desk", "--output", "json")
    assert (ran.code, [d["code"] for d in ran.json["diagnostics"]]) == (0, ["HGD032"])


def test_rows_of_a_sink_are_where_its_connector_writes_them(live: Shop) -> None:
    told = live.answer("show", "store", "--as", "desk")["diagnostics"]
    assert [d["code"] for d in told] == ["HGD031"] and "headgate show orders" in told[0]["help"]


def test_tail_ends_after_its_limit_whatever_else_comes(live: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = comes(monkeypatch, [order(1)], [], [order(2), order(3), order(4)], [order(5)])
    ran = live.run("tail", "orders", "--as", "desk", "--limit", "3", "--output", "json")
    assert [json.loads(line)["order_id"] for line in ran.out.splitlines()] == ["o1", "o2", "o3"]
    assert (ran.code, begun) == (0, [3])


def test_tail_prints_one_head_and_then_lines(live: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    comes(monkeypatch, [], [order(1)], [order(22)])
    ran = live.run("tail", "orders", "--as", "desk", "--last", "0", "--limit", "2")
    assert [line.split() for line in ran.out.splitlines()] == [
        ["order_id", "card", "[redacted]", "twice"],
        ["────────", "───────────────", "─────"],
        ["o1", "NULL", "o1o1"],
        ["o22", "NULL", "o22o22"],
    ]


def test_of_a_stream_of_changes_each_record_has_its_kind(live: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = StreamRecord("-D", None, {"order_id": "a", "state": None})
    comes(monkeypatch, [StreamRecord("+I", None, {"order_id": "a", "state": "paid"}), gone])
    ran = live.run("tail", "states", "--as", "desk", "--limit", "2", "--output", "json")
    assert [json.loads(line)["_op"] for line in ran.out.splitlines()] == ["+U", "-D"]


def test_what_whoever_reads_it_makes_cannot_be_followed(live: Shop) -> None:
    told = live.answer("tail", "filled", "--as", "desk", "--limit", "1")["diagnostics"]
    assert [d["code"] for d in told] == ["HGD030"] and "stored nowhere" in told[0]["message"]


def test_what_is_stored_nowhere_has_no_malformed_records_of_its_own(live: Shop) -> None:
    live.write("environments/prod.yml", ENVIRONMENT + "reader: {role: boss}\n")
    live.write(
        "streams.yml",
        STREAMS.replace("roles:\n", "roles:\n  - {name: boss, clearance: highly_sensitive}\n", 1),
    )
    (told,) = live.answer("show", "filled", "--rejected")["diagnostics"]
    assert told["code"] == "HGD030" and "only a topic has records that do not fit" in told["message"]
    assert live.answer("history")["entries"] == []


def test_whoever_looks_is_told_to_the_audit(live: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    holds(monkeypatch, LookedAt(rows=()))
    live.run("show", "orders", "--as", "desk")
    (entry,) = live.answer("history")["entries"]
    assert entry["verb"] == "show" and entry["about"].startswith("source.orders as desk")


def test_what_is_stored_nowhere_is_answered_of_the_topics_below_it(
    live: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = StreamRecord("+I", None, {"order_id": "o2", "card": None})
    found = ReadRecords((order(1), empty), read={0: (3, 4)})
    monkeypatch.setattr(mirror, "read_records", lambda *_, **__: found)
    assert live.answer("show", "filled", "--as", "desk")["rows"] == [{"order_id": "o1"}]
    (entry,) = live.answer("history")["entries"]
    assert entry["about"].endswith("; orders.v1 partition 0: offsets 3 to 4")


def test_what_an_engine_says_of_a_value_it_cannot_take_is_shown_to_nobody_but_the_owner(
    live: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = StreamRecord("+I", None, {"card": "4000-1"})
    holds(monkeypatch, LookedAt(rows=(card,)))
    comes(monkeypatch, [card])
    monkeypatch.setattr(mirror, "read_records", lambda *_, **__: ReadRecords((order(1),)))
    for words in (("show", "cards"), ("tail", "cards"), ("show", "numbered")):
        ran = live.run(*words, "--as", "desk", "--output", "json")
        (told,) = ran.json["diagnostics"]
        assert (ran.code, told["code"]) == (2, "HGD030"), words
        assert "its query cannot be answered" in told["message"] and "4000" not in ran.out + ran.err
