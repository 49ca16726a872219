"""Columns that are stored encrypted: encrypted when they are written, with keys from the stores that the environment names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from headgate.addresses import Address
from headgate.compile.gateway import faults
from headgate.compile.gateway.keys import StoredKey, stored_key
from headgate.compile.gateway.manifests import ENCRYPT, Interceptor, exactly
from headgate.compile.planes import encrypted_at_rest
from headgate.compile.target import World
from headgate.diagnostics import Diagnostic
from headgate.project.declarations import Stream


def stored_keys(world: World, address: Address) -> tuple[dict[str, StoredKey], list[Diagnostic]]:
    """The keys of a stream's encrypted columns, and what is wrong with those that cannot be named."""
    keys: dict[str, StoredKey] = {}
    found: list[Diagnostic] = []
    for name, uri in encrypted_at_rest(world, address).items():
        key = stored_key(world.environment, uri)
        if isinstance(key, StoredKey):
            keys[name] = key
            continue
        part = world.permissions.policies[address].columns[name].encrypts[0]
        finding = faults.NO_KEY.at(part.place.at("key").span(), key, node=str(address))
        found.append(finding.with_help("declare the store in the environment's `kms`"))
    return keys, found


def by_store(keys: Mapping[str, StoredKey]) -> Iterator[tuple[str, Mapping[str, Any], list[str]]]:
    """The columns of each store: its name, its configuration, and theirs. An interceptor can be told of one of a type."""
    for provider in sorted({key.provider for key in keys.values()}):
        columns = [name for name, key in keys.items() if key.provider == provider]
        yield provider, keys[columns[0]].config, columns


def encryption(
    world: World, stream: Stream, keys: Mapping[str, StoredKey], registry: Mapping[str, Any]
) -> Iterator[Interceptor]:
    """What encrypts a stream's columns on their way in, an interceptor for each store of keys."""
    topic = world.topic(stream)
    for provider, config, columns in by_store(keys):
        fields = [
            {"fieldName": name, "keySecretId": keys[name].id, "algorithm": "AES256_GCM"} for name in columns
        ]
        yield Interceptor(
            name=(topic, "encrypt", provider),
            plugin="EncryptPlugin",
            priority=ENCRYPT,
            comment=f"{stream.address} is encrypted when it is written",
            config={
                "topic": exactly([topic]),
                **registry,
                "kmsConfig": config,
                "recordValue": {"fields": fields},
            },
        )
