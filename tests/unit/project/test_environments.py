"""Environments: which one, what it changes, what is refused in it; secrets stay opaque and never print."""

from __future__ import annotations

import pickle
from collections.abc import Mapping

import pytest

from headgate.diagnostics import Diagnostic, Severity
from headgate.project.files import FilesInMemory
from headgate.project.load import load_project
from headgate.project.secrets import Resolver, Secret, read_dotenv
from headgate.syntax.yaml import read_document
from loading import ORDERS, lines, load, sound, stream

LIVE = """engine: live
clusters:
  main:
    kafka: {bootstrap_servers: x, username: '{{ env_var("U", "u") }}', password: '{{ secret("env://P") }}'}
"""


def test_without_files_there_is_the_embedded_one() -> None:
    environment = sound({"a.yml": ORDERS}).environment
    assert (environment.name, environment.engine, environment.chosen) == ("embedded", "embedded", True)


def test_the_default_the_argument_and_the_variable_choose() -> None:
    files = {"environments/dev.yml": "default: true\nengine: embedded\n", "environments/prod.yml": LIVE}
    assert sound(files).environment.name == "dev"
    assert sound(files, env="prod").environment.name == "prod"
    assert sound(files, environ={"HEADGATE_ENV": "prod"}).environment.name == "prod"
    assert sound(files, env="dev", environ={"HEADGATE_ENV": "prod"}).environment.name == "dev"
    assert sound(files, env="embedded").environment.known == ("dev", "embedded", "prod")


def test_where_nobody_chose_it_is_said() -> None:
    environment = sound({"environments/prod.yml": LIVE}).environment
    assert (environment.name, environment.chosen) == ("embedded", False)


def test_an_unknown_one_is_suggested_and_nothing_is_loaded() -> None:
    files = {"headgate.yml": "name: shop\n", "environments/prod.yml": LIVE, "a.yml": "models: [{nam: x}]"}
    project, found = load_project(FilesInMemory(files), env="prd")
    assert project is None
    assert [(d.code.id, d.help) for d in found if d.code.id == "HGP059"] == [
        ("HGP059", "did you mean `prod`?")
    ]
    assert "HGP051" in [d.code.id for d in found]


def test_variables_of_the_project_the_environment_and_the_command_line() -> None:
    files = {
        "headgate.yml": "name: shop\nvars: {a: 1, b: 1, c: 1}\n",
        "environments/dev.yml": "engine: embedded\nvars: {b: 2, c: 2}\n",
        "a.yml": ORDERS
        + 'models:\n  - {name: m, sql: \'SELECT {{ var("a") }}, {{ var("b") }}, {{ var("c") }} FROM {{ source("orders") }}\'}\n',
    }
    sql = stream(sound(files, env="dev", vars={"c": 3}), "m").sql
    assert sql is not None and sql.rendered.text == "SELECT 1, 2, 3 FROM orders"


def test_a_variable_that_nothing_asks_for_is_a_warning_and_one_with_a_default_is_not() -> None:
    files = {
        "headgate.yml": "name: shop\nvars: {country: nl}\n",
        "a.yml": ORDERS
        + 'models:\n  - {name: m, sql: \'SELECT {{ var("top", 3) }} FROM {{ source("orders") }}\'}\n',
    }
    _, found = load_project(FilesInMemory(files), vars={"country": "be", "top": "5"})
    assert found == []
    _, found = load_project(FilesInMemory(files), vars={"contry": "be"})
    assert [(d.code.id, d.message, d.help) for d in found] == [
        ("HGP075", "nothing asks for `contry`, which `--vars` gives", "did you mean `country`?")
    ]


def test_principals_of_an_environment_replace_a_roles_own() -> None:
    files = {
        "a.yml": "roles:\n  - {name: r, principals: [User:a]}\n  - {name: s, principals: [User:b], clearance: public}\n",
        "environments/dev.yml": "engine: embedded\nprincipals: {r: [User:x]}\n",
    }
    roles = sound(files, env="dev").roles
    assert roles["r"].principals == ("User:x",) and roles["s"].principals == ("User:b",)
    assert roles["r"].clearance == "internal" and roles["s"].clearance == "public"


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ("proxy: {type: kroxylicious}", "HGC900"),
        ("flink: {type: kubernetes, image: x}", "HGP053"),
        (
            "flink: {type: confluent_cloud, organization: o, environment: e, database: d, principal: p}",
            "HGP053",
        ),
        ("flink: {type: spark}", "HGP054"),
        ("flink: {url: x}", "HGP053"),
        ("connect: {main: {url: x, password: '{{ secret(\"vault://a/b#c\") }}'}}", "HGC900"),
        ("connect: {main: {url: x, password: '{{ secret(\"vlt://a\") }}'}}", "HGP054"),
        ("connect: {main: {url: x, password: '{{ ref(\"a\") }}'}}", "HGP021"),
        ("connect: {main: {url: '{{ var(\"nope\") }}'}}", "HGP026"),
        ("connect: {main: {url: 'https://me:pass@host'}}", "HGP062"),
        ("schema_registry: {url: x, token: abc}", "HGP062"),
    ],
)
def test_what_a_cluster_may_not_say(keys: str, code: str) -> None:
    assert lines({"environments/prod.yml": LIVE + f"    {keys}\n"}, env="prod") == [
        f"{code} environments/prod.yml:5"
    ]


def test_a_literal_secret_is_an_error_where_the_environment_is_protected() -> None:
    text = "clusters: {main: {kafka: {bootstrap_servers: x, password: abc}}}\n"
    _, found = load({"environments/prod.yml": text}, env="prod")
    assert [d.severity for d in found] == [Severity.WARNING]
    _, found = load({"environments/prod.yml": "protected: true\n" + text}, env="prod")
    assert [d.severity for d in found] == [Severity.ERROR]
    assert "abc" not in found[0].message


def resolved(text: str, environ: Mapping[str, str]) -> tuple[object, list[Diagnostic]]:
    document, _ = read_document("environments/prod.yml", text.encode())
    assert document is not None
    found: list[Diagnostic] = []
    files = {"run/token": "t0k\n"}
    resolver = Resolver(
        "prod", environ, {"area": "eu"}, lambda name: files[name] if name in files else _missing()
    )
    return resolver.resolve(document.value, document.place(), found), found


def _missing() -> str:
    raise FileNotFoundError


def test_values_are_resolved_where_a_verb_connects() -> None:
    text = """url: '{{ var("area") }}.{{ env_var("HOST") }}:{{ env_var("PORT", "9092") }}'
user: {password: '{{ env_var("P") }}', token: '{{ secret("file://run/token") }}', list: ['{{ secret("env://P") }}']}
"""
    value, found = resolved(text, {"HOST": "kafka", "P": "s3cret"})
    assert not found and isinstance(value, dict)
    assert value["url"] == "eu.kafka:9092"
    secrets = [value["user"]["password"], value["user"]["token"], value["user"]["list"][0]]
    assert [s.reveal() for s in secrets] == ["s3cret", "t0k", "s3cret"]
    assert "s3cret" not in f"{value} {value!r} {secrets[0]} {secrets[0]:>10}"


def test_a_missing_variable_is_named_with_its_line_and_environment() -> None:
    text = "a: 1\nb: '{{ env_var(\"HOST\") }}'\nc: '{{ secret(\"file://nowhere\") }}'\n"
    _, found = resolved(text, {})
    assert [(d.code.id, d.message) for d in found] == [
        ("HGP061", "the variable `HOST` is not set, and `prod` needs it"),
        ("HGP061", "the secret file `nowhere` cannot be read for `prod`"),
    ]
    assert found[0].span.start == text.index("'{{ env")


def test_a_secret_is_never_written_down() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret("a", "b"))


def test_dotenv_files_are_read_as_mappings() -> None:
    text = "# c\nA=1\nexport B = 'x # y'\nC=\"z\" \nD=plain # comment\nnot a line\nE=\n"
    assert read_dotenv(text) == {"A": "1", "B": "x # y", "C": "z", "D": "plain", "E": ""}


def test_who_asks_for_the_local_stack_without_an_environment_is_told_what_to_write() -> None:
    _, found = load_project(FilesInMemory({"headgate.yml": "name: shop\n"}), env="local")
    (finding,) = (one for one in found if one.code.id == "HGP059")
    assert "environments/local.yml" in (finding.help or "") and "engine: local" in (finding.help or "")
