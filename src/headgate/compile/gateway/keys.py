"""Keys of columns that are stored encrypted, as Conduktor Gateway names them, and how it reaches their stores.

Source: Conduktor docs, "Configure encryption": key ids begin with the store's scheme; there is none for all stores.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from headgate.compile.placeholders import kms
from headgate.project.declarations import Environment

_URI = re.compile(r"kms://([^/]+)/(.+)")
_IDS = {
    "vault": "vault-kms://{host}/transit/keys/{key}",
    "aws": "aws-kms://arn:aws:kms:{region}:{account}:key/{key}",
    "gcp": "gcp-kms://projects/{project}/locations/{location}/keyRings/{key_ring}/cryptoKeys/{key}",
}
_NEEDED = re.compile(r"\{(\w+)\}")
_OWN_NAMES = {"role_id": "roleId", "secret_id": "secretId"}
_VAULT_LOGIN = ("namespace", "token", "username", "password", "role_id", "secret_id", "path", "role", "jwt")


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key's id, and the store it is in with its configuration."""

    id: str
    provider: str
    config: Mapping[str, Any]


def stored_key(environment: Environment, uri: str) -> StoredKey | str:
    """The key behind `kms://provider/key`, or why there is none."""
    match = _URI.fullmatch(uri)
    if match is None:
        return f"`{uri}` names no key: it is `kms://provider/key`"
    provider, key = match.groups()
    said = environment.kms.get(provider)
    if said is None:
        if environment.engine == "live":
            return f"{environment.name} declares no key store `{provider}` under `kms`"
        said = {"type": "vault"}
    type_ = str(said.get("type", ""))
    if type_ not in _IDS:
        return f"Conduktor Gateway is told of key stores of type {', '.join(sorted(_IDS))} only"
    values = {
        "key": key,
        **{n: _value(provider, said, n) for n in _NEEDED.findall(_IDS[type_]) if n != "key"},
    }
    missing = [n for n, v in values.items() if not v]
    if missing:
        return f"the key store `{provider}` does not say its `{missing[0]}`"
    return StoredKey(_IDS[type_].format(**values), provider, {type_: _config(provider, type_, said, values)})


def _value(provider: str, said: Mapping[str, Any], name: str) -> str:
    """A value that stands in an id: as said, or its placeholder where it is looked up or nothing is declared."""
    if name == "host":
        host = str(said.get("host") or str(said.get("url", "")).partition("://")[2].rstrip("/"))
        known = "host" in said or "url" in said
        return kms(provider, "host") if "{{" in host or not known else host
    value = str(said.get(name, ""))
    return kms(provider, name) if "{{" in value else value


def _config(provider: str, type_: str, said: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    if type_ == "aws":
        if "access_key" not in said:
            return {}
        return {
            "basicCredentials": {
                "accessKey": kms(provider, "access_key"),
                "secretKey": kms(provider, "secret_key"),
            }
        }
    if type_ == "gcp":
        file = said.get("credentials_file")
        return {"serviceAccountCredentialsFilePath": kms(provider, "credentials_file")} if file else {}
    login = [n for n in _VAULT_LOGIN if n in said] or ["token"]
    return {
        "uri": f"https://{values['host']}",
        "version": 1,
        "type": str(said.get("auth", "token")).upper(),
        **{_OWN_NAMES.get(name, name): kms(provider, name) for name in login},
    }
