"""Keys of encrypted columns, as the Gateway names them."""

from __future__ import annotations

from typing import Any

import pytest

from headgate.compile.gateway.keys import StoredKey, stored_key
from headgate.project.declarations import Environment


def key(uri: str = "kms://prod/cards", engine: str = "live", **store: Any) -> StoredKey | str:
    return stored_key(Environment(name="prod", engine=engine, kms={"prod": store} if store else {}), uri)


@pytest.mark.parametrize(
    ("store", "id_", "config"),
    [
        (
            {"type": "vault", "url": "https://vault:8200/", "token": "hush"},
            "vault-kms://vault:8200/transit/keys/cards",
            {
                "vault": {
                    "uri": "https://vault:8200",
                    "version": 1,
                    "type": "TOKEN",
                    "token": "${kms.prod.token}",
                }
            },
        ),
        (
            {"type": "vault", "host": '{{ env_var("VAULT") }}', "token": "hush"},
            "vault-kms://${kms.prod.host}/transit/keys/cards",
            {
                "vault": {
                    "uri": "https://${kms.prod.host}",
                    "version": 1,
                    "type": "TOKEN",
                    "token": "${kms.prod.token}",
                }
            },
        ),
        (
            {"type": "aws", "region": "eu-west-1", "account": 123},
            "aws-kms://arn:aws:kms:eu-west-1:123:key/cards",
            {"aws": {}},
        ),
        (
            {
                "type": "aws",
                "region": "eu-west-1",
                "account": 123,
                "access_key": "hush",
                "secret_key": "hush",
            },
            "aws-kms://arn:aws:kms:eu-west-1:123:key/cards",
            {
                "aws": {
                    "basicCredentials": {
                        "accessKey": "${kms.prod.access_key}",
                        "secretKey": "${kms.prod.secret_key}",
                    }
                }
            },
        ),
        (
            {"type": "gcp", "project": "p", "location": "l", "key_ring": "r"},
            "gcp-kms://projects/p/locations/l/keyRings/r/cryptoKeys/cards",
            {"gcp": {}},
        ),
    ],
)
def test_a_key_is_named_by_its_store(store: dict[str, Any], id_: str, config: dict[str, Any]) -> None:
    found = key(**store)
    assert isinstance(found, StoredKey)
    assert (found.id, found.config) == (id_, config)


@pytest.mark.parametrize(
    ("uri", "store", "why"),
    [
        ("prod/cards", {"type": "vault", "host": "v"}, "`prod/cards` names no key"),
        ("kms://test/cards", {"type": "vault", "host": "v"}, "prod declares no key store `test` under `kms`"),
        ("kms://prod/cards", {"type": "azure"}, "of type aws, gcp, vault only"),
        (
            "kms://prod/cards",
            {"type": "aws", "region": "eu"},
            "the key store `prod` does not say its `account`",
        ),
    ],
)
def test_a_key_that_cannot_be_named_says_why(uri: str, store: dict[str, Any], why: str) -> None:
    found = key(uri, **store)
    assert isinstance(found, str) and why in found


def test_where_nothing_is_declared_the_store_is_a_placeholder() -> None:
    found = key(engine="embedded")
    assert isinstance(found, StoredKey) and found.id == "vault-kms://${kms.prod.host}/transit/keys/cards"
