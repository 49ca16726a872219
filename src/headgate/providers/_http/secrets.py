"""Which settings that a service tells may be secrets: no plan, state or message shows those."""

from __future__ import annotations

import re

CHANGED = "(changed outside)"
"""Instead of a value that is not what was declared and may be a secret."""
HIDDEN = "(hidden)"
"""Instead of one that nobody here declared."""

_KEY = re.compile(
    r"(?:^|[._-]|(?<=[a-z])(?=[A-Z]))(?i:password|passwd|passphrase|secret|token|jwt"
    r"|(?:private|api|access|secret|account)[._-]?key|jaas\.config|user\.info)$|(?i:^secret[._-]?id$)"
)
_REFERENCE = re.compile(r"\$\{[\w.-]+(?::[^}]*)?\}")
"""A value that the service looks up itself (KIP-297)."""
_IN_URL = re.compile(r"(?i)://[^/@\s]+@|[?&;](?:password|token|secret)=")


def is_secret_key(key: str) -> bool:
    """Whether what stands under a key is a secret by its name."""
    return bool(_KEY.search(key))


def may_be_secret(key: str, value: str) -> bool:
    """Whether a value is a secret by its key or its form, and no reference to one.

    >>> may_be_secret("connection.password", "x"), may_be_secret("a.credentials.source", "USER_INFO")
    (True, False)
    >>> may_be_secret("token", "${VAULT_TOKEN}"), may_be_secret("url", "http://me:x@db")
    (False, True)
    >>> may_be_secret("secretKey", "x"), may_be_secret("keySecretId", "vault-kms://vault/transit/keys/x")
    (True, False)
    """
    if _REFERENCE.fullmatch(value):
        return False
    return is_secret_key(key) or bool(_IN_URL.search(value))
