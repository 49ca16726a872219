"""Every key is known and typed; all that is wrong with a file is said at once, once, at its place."""

from __future__ import annotations

import msgspec
import pytest

from headgate.project import keys
from headgate.project.json_schema import format_schema
from headgate.project.meanings import MEANINGS, meaning_of
from loading import ORDERS, lines, load, sound, stream


def helps(text: str) -> list[str | None]:
    _, found = load({"a.yml": text})
    return [d.help for d in found]


def test_all_mistakes_of_a_file_are_said_at_once() -> None:
    text = """models:
  - name: a
    materialised: topic
    description: 5
    tags: {x: 1}
    columns:
      - {data_type: string}
      - {name: b, data_typ: string, constraints: not_null}
    kafka: {partitions: many, retention: 3 moons}
  - nam: c
  - just text
  - name: d
    columns: [{name: id, data_type: string}]
nothing: here
"""
    assert lines({"a.yml": text}) == [
        "HGP051 a.yml:3", "HGP052 a.yml:4", "HGP052 a.yml:5", "HGP053 a.yml:7", "HGP051 a.yml:8", "HGP052 a.yml:8",
        "HGP052 a.yml:9", "HGP055 a.yml:9", "HGP051 a.yml:10", "HGP052 a.yml:11", "HGP051 a.yml:14",
    ]  # fmt: skip


def test_what_is_sound_beside_a_mistake_is_loaded() -> None:
    project, found = load(
        {"a.yml": "models:\n  - nam: a\n  - name: b\n    columns: [{name: id, data_type: int}]\n"}
    )
    assert found and stream(project, "b").name == "b"


@pytest.mark.parametrize(
    ("text", "help_"),
    [
        ("models: [{name: a, materialised: topic}]", "did you mean `materialized`?"),
        ("models: [{name: a, acess: public}]", "did you mean `access`?"),
        ("models: [{name: a, materialized: virtualtopic}]", "did you mean `virtual_topic`?"),
        ("modles: []", "did you mean `models` or `roles`?"),
        ("models: [{name: a, columns: [{name: b, data_type: decimal(10, 2)}]}]",
         "put the value into quotes: inside `{…}` a comma begins another key"),
    ],
)  # fmt: skip
def test_what_was_meant_is_suggested(text: str, help_: str) -> None:
    assert helps(text)[0] == help_


def test_meta_is_allowed_on_everything() -> None:
    for struct in vars(keys).values():
        if isinstance(struct, type) and issubclass(struct, msgspec.Struct) and struct is not msgspec.Struct:
            assert "meta" in struct.__struct_fields__ or struct is keys.Period, struct


def test_lists_may_stand_in_any_file_in_any_order() -> None:
    one = "models:\n  - {name: b, sql: 'SELECT id FROM {{ ref(\"a\") }}'}\n"
    two = "models:\n  - {name: a, sql: 'SELECT id FROM {{ source(\"orders\") }}'}\n"
    project = sound({"x/y/z.yaml": one, "headgate.yml": "name: shop\n" + ORDERS + two})
    assert set(project.relations) == {"a", "b", "orders"}


def test_hidden_folders_and_build_output_declare_nothing() -> None:
    junk = "models: [{name: a, what: 1}]"
    assert lines({".git/a.yml": junk, "target/b.yml": junk, "x/.cache/c.yml": junk}) == []


@pytest.mark.parametrize("text", ["", "# nothing\n", "models:\n", "version: 2\nmodels: []\n"])
def test_files_and_lists_may_be_empty(text: str) -> None:
    assert lines({"a.yml": text}) == []


def test_a_broken_file_does_not_make_its_names_unknown() -> None:
    files = {
        "a.yml": "models:\n  - name: a\n    sql: [\n",
        "b.yml": "models:\n  - {name: b, sql: 'SELECT 1 AS x FROM {{ ref(\"a\") }}'}\n",
    }
    assert [line.split()[0] for line in lines(files)] == ["HGP002"]


def test_a_broken_entry_does_not_make_its_name_unknown() -> None:
    text = "models:\n  - {name: a, what: 1}\n  - {name: b, sql: 'SELECT x FROM {{ ref(\"a\") }}'}\n"
    assert lines({"a.yml": text}) == ["HGP051 a.yml:2"]


def test_duplicates_show_both_places() -> None:
    _, found = load({"a.yml": ORDERS, "b.yml": ORDERS})
    assert [(d.code.id, d.span.file, d.notes[0].span and d.notes[0].span.file) for d in found] == [
        ("HGP057", "b.yml", "a.yml")
    ]


def test_the_json_schema_knows_every_key() -> None:
    schema = format_schema()
    for name, struct in (
        ("Model", keys.Model),
        ("EnvironmentFile", keys.EnvironmentFile),
        ("Sink", keys.Sink),
    ):
        said = set(schema["$defs"][name]["properties"])
        assert said == {f.encode_name for f in msgspec.structs.fields(struct)}
        assert schema["$defs"][name]["additionalProperties"] is False
    assert "null" not in str(schema["$defs"]["Model"])


def test_keys_that_nothing_here_keeps_are_refused_by_name() -> None:
    text = """sources:
  - {name: a, format: protobuf}
  - {name: b, key: id, envelope: debezium}
"""
    assert lines({"a.yml": text}) == [f"HGC900 a.yml:{n}" for n in (2, 3)]


def test_what_is_adopted_or_of_another_tool_is_said_at_a_stream_an_exposure_and_for_kinds() -> None:
    text = """sources:
  - {name: c, adopt: true}
  - {name: d, managed_by: strimzi}
exposures:
  - {name: e, type: dashboard, adopt: true, managed_by: terraform}
"""
    environment = "default: true\nclusters: {main: {kafka: {bootstrap_servers: b}}}\n"
    environment += "managed_by: {topics: strimzi, acls: other}\nplan_ttl: 2 hours\n"
    project, found = load({"a.yml": text, "environments/prod.yml": environment})
    assert found == []
    said = {s.name: (s.adopt, s.managed_by) for s in project.streams.values()}
    said |= {e.name: (e.adopt, e.managed_by) for e in project.exposures.values()}
    assert said == {"c": (True, ""), "d": (False, "strimzi"), "e": (True, "terraform")}
    assert project.environment.managed_by == {"topics": "strimzi", "acls": "other"}
    assert project.environment.plan_ttl_ms == 7_200_000


def test_a_tool_or_kind_that_nobody_knows_is_refused() -> None:
    text = "sources:\n  - {name: d, managed_by: strimzy}\n"
    assert lines({"a.yml": text}) == ["HGP054 a.yml:2"]
    environment = "engine: live\nmanaged_by: {topic: strimzi}\n"
    assert len(lines({"a.yml": "", "environments/prod.yml": environment})) == 1


def test_the_contract_of_a_source_in_a_broken_file_is_no_stream_of_its_own() -> None:
    contract = "models:\n  - {name: orders, columns: [{name: id, data_type: string}]}\n"
    project, found = load({"a.yml": ORDERS + "\t", "b.yml": contract})
    assert [d.code.id for d in found] == ["HGP006"]
    assert not project.streams and "orders" in project.unsure


def test_every_key_has_a_meaning_and_every_meaning_a_key() -> None:
    structs = {n: s for n, s in vars(keys).items() if isinstance(s, type) and issubclass(s, msgspec.Struct)}
    said = {f"{n}.{f.encode_name}" for n, s in structs.items() for f in msgspec.structs.fields(s)}
    assert [
        key for key in sorted(said) if not meaning_of(structs[key.split(".")[0]], key.split(".")[1])
    ] == []
    assert [f"{n}.{key}" for n, of in MEANINGS.items() for key in of if f"{n}.{key}" not in said] == []


def test_a_policy_that_is_to_end_by_itself_is_refused_by_name() -> None:
    text = """models:
  - name: a
    columns: [{name: id, data_type: string}]
    security:
      policies:
        - mask: {column: id, method: redact, until: 2030-01-01}
        - allow:
            roles: []
            until: 2030-01-01
"""
    assert lines({"a.yml": text}) == ["HGC900 a.yml:6", "HGC900 a.yml:9"]
