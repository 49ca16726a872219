"""Who sees what through Conduktor Gateway: groups of readers, decryption, masks, fallbacks, and what is refused."""

from __future__ import annotations

from typing import Any

from compiling import codes, compiled, documents, world
from headgate.addresses import Address, Kind
from headgate.compile.discovery import compile_project, target
from headgate.compile.target import Compiled, World
from headgate.diagnostics import Severity

PROXY = """
default: true
engine: live
fail_closed: false
kms: {prod: {type: vault, host: "vault:8200", token: x}}
clusters:
  main:
    kafka: {bootstrap_servers: "kafka:9092"}
    schema_registry: {url: "http://registry"}
    flink: {type: sql_gateway, url: "http://flink"}
    connect: {main: {url: "http://connect"}}
    proxy: {type: conduktor, url: "http://gateway"}
    identities:
      flink: {principal: "User:flink"}
      connect: {principal: "User:connect"}
      desk: {principal: "User:desk"}
"""
ROLES = """
roles:
  - {name: desk, principals: ["User:desk"]}
  - {name: audit, principals: ["User:audit"], clearance: highly_sensitive}
"""
COLUMNS = """
    key: id
    columns:
      - {name: id, data_type: string, constraints: [not_null]}
      - {name: card, data_type: string}
      - {name: pin, data_type: int, classification: confidential}
      - {name: open, data_type: string}
"""


def project(models: str, exposures: str) -> dict[str, str]:
    return {
        "environments/prod.yml": PROXY,
        "people.yml": ROLES,
        "models.yml": models,
        "uses.yml": exposures,
    }


def orders(policies: str, columns: str = COLUMNS) -> str:
    lines = "".join(f"        - {line.strip()}\n" for line in policies.strip().splitlines())
    return (
        f"models:\n  - name: orders\n    materialized: topic{columns}    security:\n      policies:\n{lines}"
    )


def reads(stream: str, role: str = "desk", name: str = "desk_app") -> str:
    return f"""
  - name: {name}
    type: application
    consumes: ['ref("{stream}")']
    access: {{allowed_roles: [{role}]}}
"""


def made(models: str, *uses: str) -> Compiled:
    return compiled("conduktor", project(models, "exposures:" + "".join(uses)))


def config(made_: Compiled, topic: str, kind: str) -> dict[str, Any]:
    """The configuration of the one interceptor of a kind on a topic."""
    found = [
        d for d in documents(made_, f"conduktor/topics/{topic}.yml") if f"--{kind}" in d["metadata"]["name"]
    ]
    assert len(found) == 1, found
    result: dict[str, Any] = found[0]["spec"]["config"]
    return result


def test_a_reader_is_masked_in_its_group_on_both_names_and_gets_no_headers() -> None:
    models = orders(
        "mask: {column: card, method: redact, applied_in: [{roles: [desk]}]}\nallow: {roles: [desk]}"
    )
    models += "  - {name: paid, materialized: virtual_topic, sql: 'SELECT card AS number, id FROM {{ ref(\"orders\") }}'}\n"
    found = made(models, reads("paid"))
    assert codes(found) == []
    mask = config(found, "orders", "mask")
    assert mask["topic"] == "^(?:paid|orders)$" and mask["errorPolicy"] == "fail_fetch"
    assert [(p["fields"], p["rule"]["type"]) for p in mask["policies"]] == [
        (["card"], "MASK_ALL"),
        (["number"], "MASK_ALL"),
    ]
    assert config(found, "orders", "headers") == {"topic": "^(?:paid|orders)$", "headerKeyRegex": ".*"}
    groups = documents(found, "conduktor/groups.yml")
    assert [(d["kind"], d["metadata"]["name"]) for d in groups] == [
        ("GatewayServiceAccount", "desk"),
        ("GatewayGroup", "role--desk"),
    ]


def test_what_is_protected_comes_before_who_may_read_it() -> None:
    models = orders(
        "mask: {column: card, method: redact, applied_in: [{roles: [desk]}]}\nallow: {roles: [desk]}"
    )
    found = made(models, reads("orders"))
    by_kind: dict[str, set[int]] = {}
    ranks = {kind.name: kind.rank for kind in target("conduktor").KINDS}
    for resource in found.resources:
        by_kind.setdefault(resource.id.kind, set()).add(ranks[resource.id.kind])
    assert by_kind == {
        "gateway_account": {3},
        "gateway_member": {3},
        "gateway_resource": {3},
        "gateway_acl": {5},
    }
    accounts = {r.id for r in found.resources if r.id.kind == "gateway_account"}
    members = [r for r in found.resources if r.id.kind == "gateway_member"]
    assert members and all(set(r.after) <= accounts and r.after for r in members)
    scoped = [r for r in found.resources if r.id.kind == "gateway_resource"]
    assert scoped and all(set(r.after) == {r.id for r in members} for r in scoped)


def test_what_runs_through_the_proxy_begins_when_what_protects_there_is_in_force() -> None:
    models = orders("encrypt: {column: card, key: kms://prod/cards}\nallow: {roles: [desk]}")
    models += """
  - {name: clear, materialized: virtual_topic, sql: 'SELECT id FROM {{ ref("orders") }}'}
  - name: filled
    materialized: flink_stream
    key: id
    sql: 'SELECT id, card FROM {{ ref("orders") }}'
    flink: {role: desk}
  - name: out
    materialized: sink
    from: {model: clear}
    sink: {type: file, role: desk, config: {file: /tmp/x}}
"""
    there = world(project(models, ""))
    made = compile_project(there, ("kafka", "schemas", "flink", "connect", "conduktor"))
    running = [r for r in made.resources if r.id.kind in ("flink_job", "connector")]
    after = {r.address: {a.name for a in r.after if a.kind == "gateway_resource"} for r in running}
    assert after["model.filled"] >= {"main/Interceptor/orders--encrypt--prod"}
    assert after["model.out"] >= {"main/Interceptor/clear--sql", "main/Interceptor/orders--encrypt--prod"}


def test_a_column_that_is_stored_encrypted_is_decrypted_for_those_who_are_allowed() -> None:
    models = orders("encrypt: {column: card, key: kms://prod/cards}\nallow: {roles: [desk]}")
    found = made(models, reads("orders"))
    assert codes(found) == []
    encrypt, decrypt = config(found, "orders", "encrypt"), config(found, "orders", "decrypt")
    assert encrypt["recordValue"]["fields"] == [
        {
            "fieldName": "card",
            "keySecretId": "vault-kms://vault:8200/transit/keys/cards",
            "algorithm": "AES256_GCM",
        }
    ]
    assert decrypt["recordValueFields"] == ["card"] and decrypt["kmsConfig"] == encrypt["kmsConfig"]


def test_others_get_the_ciphertext_as_it_is_stored() -> None:
    models = orders(
        "encrypt: {column: card, key: kms://prod/cards}\nmask: {column: open, method: redact, applied_in: [{roles: [desk]}]}"
    ).replace(", classification: confidential", "")
    found = made(models, reads("orders"))
    assert codes(found) == []
    names = [d["metadata"]["name"] for d in documents(found, "conduktor/topics/orders.yml")]
    assert names == ["orders--encrypt--prod", "orders--mask--role--desk", "orders--headers--role--desk"]
    assert "card" not in str(config(found, "orders", "mask"))


def test_a_key_store_that_nobody_declared_is_an_error_at_the_key() -> None:
    models = orders("encrypt: {column: card, key: kms://test/cards}\nallow: {roles: [desk]}")
    found = made(models, reads("orders"))
    assert codes(found) == ["HGC163"]


def test_what_is_stored_clear_cannot_be_encrypted_when_it_is_read() -> None:
    models = orders("mask: {column: open, method: redact}")
    models += """
  - name: paid
    materialized: virtual_topic
    sql: SELECT id, card FROM {{ ref("orders") }}
    security: {policies: [{encrypt: {column: card, key: kms://prod/cards}}, {mask: {column: id, method: hash, fallback: deny, applied_in: []}}]}
"""
    found = made(models, reads("paid"))
    (refused,) = [d for d in found.diagnostics if d.code.id == "HGC162"]
    assert refused.message == "`card` of `paid` cannot be shown to desk as encrypted"
    assert refused.notes[0].message.startswith("Conduktor Gateway encrypts what is written")


def test_keys_of_two_stores_are_two_interceptors() -> None:
    environment = PROXY.replace("kms: {", 'kms: {old: {type: vault, host: "old:8200", token: x}, ')
    policies = "encrypt: {column: card, key: kms://prod/a}\nencrypt: {column: open, key: kms://old/b}\nallow: {roles: [desk]}"
    files = project(orders(policies), "exposures:" + reads("orders")) | {"environments/prod.yml": environment}
    found = documents(compiled("conduktor", files), "conduktor/topics/orders.yml")
    told = [
        (d["metadata"]["name"].removesuffix("--role--desk"), d["spec"]["config"]["kmsConfig"]["vault"]["uri"])
        for d in found
    ]
    assert told == [
        ("orders--encrypt--old", "https://old:8200"),
        ("orders--encrypt--prod", "https://vault:8200"),
        ("orders--decrypt--old", "https://old:8200"),
        ("orders--decrypt--prod", "https://vault:8200"),
    ]


def test_what_readers_share_is_whole_whatever_is_selected() -> None:
    models = orders(
        "mask: {column: card, method: redact, applied_in: [{roles: [desk]}]}\nallow: {roles: [desk]}"
    )
    models += """
  - {name: one, materialized: virtual_topic, sql: 'SELECT card, id FROM {{ ref("orders") }}'}
  - {name: two, materialized: virtual_topic, sql: 'SELECT id, card FROM {{ ref("orders") }}'}
"""
    there = world(project(models, "exposures:" + reads("one") + reads("two", name="other")))
    whole = {r.id: r for r in target("conduktor").compile(there).resources}
    part = target("conduktor").compile(World(there.context, frozenset({Address(Kind.MODEL, "one")})))
    assert part.resources and all(whole[r.id] == r for r in part.resources)
    assert {r.id.name for r in part.resources} == {
        "main/GatewayServiceAccount/desk",
        "main/role--desk/desk",
        "main/Interceptor/one--sql",
        "main/Interceptor/orders--mask--role--desk@role--desk",
        "main/Interceptor/orders--headers--role--desk@role--desk",
        "main/User:desk/READ/topic:one",
        "main/User:desk/DESCRIBE/topic:one",
        "main/User:desk/READ/group:desk_app*",
    }


def test_a_filter_cannot_look_at_ciphertext() -> None:
    models = orders("encrypt: {column: card, key: kms://prod/cards}\nallow: {roles: [desk]}")
    models += "  - {name: paid, materialized: virtual_topic, sql: \"SELECT id FROM {{ ref('orders') }} WHERE card = '1'\"}\n"
    found = made(models)
    assert [d.message for d in found.diagnostics if d.code.id == "HGC160"] == [
        "`card` is stored encrypted, and the proxy would look at the ciphertext"
    ]


def test_a_method_that_is_missing_is_an_error_unless_a_fallback_would_do() -> None:
    mask = "mask: {{column: card, method: tokenization, applied_in: [{{roles: [desk]}}]{more}}}"
    allow = "\nallow: {roles: [desk]}"
    assert codes(made(orders(mask.format(more="") + allow), reads("orders"))) == ["HGC161"]
    assert codes(made(orders(mask.format(more=", fallback: hash") + allow), reads("orders"))) == ["HGC161"]
    found = made(orders(mask.format(more=", fallback: redact") + allow), reads("orders"))
    assert codes(found) == []
    assert config(found, "orders", "mask")["policies"][0]["rule"]["type"] == "MASK_ALL"


def test_a_fallback_that_denies_gives_nothing_and_says_so() -> None:
    mask = "mask: {column: card, method: tokenization, applied_in: [{roles: [desk]}], fallback: deny}"
    found = made(orders(mask + "\nallow: {roles: [desk]}"), reads("orders"))
    assert codes(found) == ["HGC164"]
    assert found.artifacts == () and found.resources == ()


def test_a_fallback_to_ciphertext_needs_ciphertext() -> None:
    mask = "mask: {column: card, method: tokenization, applied_in: [{roles: [desk]}], fallback: encrypt}"
    encrypt = "\nencrypt: {column: card, key: kms://prod/cards}"
    allow = "\nallow: {roles: [desk]}"
    assert codes(made(orders(mask + allow), reads("orders"))) == ["HGC162"]
    assert codes(made(orders(mask + encrypt + allow), reads("orders"))) == []


def test_a_number_that_may_not_be_seen_cannot_be_masked() -> None:
    found = made(
        orders("mask: {column: open, method: redact, applied_in: [{roles: [desk]}]}"), reads("orders")
    )
    (refused,) = [d for d in found.diagnostics if d.code.id == "HGC162"]
    assert refused.message == "`pin` of `orders` cannot be shown to desk as redacted"
    assert refused.notes[0].message == "Conduktor Gateway masks texts, and this is INT"
    assert refused.span.file == "uses.yml"


def test_what_is_computed_on_read_cannot_be_masked() -> None:
    models = orders(
        "mask: {column: card, method: redact, applied_in: [{roles: [desk]}]}\nallow: {roles: [desk]}"
    )
    models += """
  - name: paid
    materialized: virtual_topic
    sql: SELECT id, CASE WHEN open = 'x' THEN card ELSE 'none' END AS number FROM {{ ref("orders") }}
"""
    found = made(models, reads("paid"))
    (refused,) = [d for d in found.diagnostics if d.code.id == "HGC162"]
    assert refused.notes[0].message.startswith("Conduktor Gateway masks what is stored")


def test_one_reader_cannot_see_a_stored_column_in_two_forms() -> None:
    models = orders(
        "mask: {column: open, method: redact, applied_in: [{roles: [desk]}]}\nallow: {roles: [desk]}"
    )
    models += """
  - name: paid
    materialized: virtual_topic
    sql: SELECT id, card FROM {{ ref("orders") }}
    security: {policies: [{mask: {column: card, method: redact, applied_in: [{roles: [desk]}]}}]}
"""
    found = made(models, reads("orders"), reads("paid", name="other"))
    (refused,) = [d for d in found.diagnostics if d.code.id == "HGC162"]
    assert "desk sees it in another form in `orders`" in refused.notes[0].message


def test_an_application_without_a_role_of_its_own_gets_no_group() -> None:
    models = orders(
        "mask: {column: open, method: redact, applied_in: [{roles: [desk]}]}\nallow: {roles: [desk]}"
    )
    unnamed = """
  - {name: app, type: application, consumes: ['ref("orders")']}
"""
    found = made(models, unnamed)
    assert codes(found, least=Severity.INFO) == [] and found.resources == ()
