"""The forms in which a value is shown to a reader who may not have it in clear (permissions.md §5). Pure functions.

Hashes and tokens are HMAC-SHA-256 (RFC 2104) of the value under the environment's masking key. What is hashed also names
the method and the domain, each with its length, so neither a hash and a token nor two domains ever meet. Only what is
derived from a key is shown, never the key. Ciphertext is AES-256-GCM (NIST SP 800-38D).
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
from decimal import Decimal
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from headgate.schema.types import DataType

KEY_BYTES = 32
_NONCE_BYTES = 12
_MARK_BYTES = 20
"""How much of a HMAC is shown: 160 bits, so that two of a billion values share one by a chance of 1 to 10^30."""

_NOTHING: dict[str, Any] = {
    "BOOLEAN": False, "TINYINT": 0, "SMALLINT": 0, "INT": 0, "BIGINT": 0, "FLOAT": 0.0, "DOUBLE": 0.0,
    "CHAR": "", "STRING": "", "VARIANT": "", "BINARY": b"", "BYTES": b"", "DATE": dt.date(1970, 1, 1),
    "TIME": dt.time(), "TIMESTAMP": dt.datetime(1970, 1, 1), "TIMESTAMP_LTZ": dt.datetime(1970, 1, 1),
    "INTERVAL": dt.timedelta(),
}  # fmt: skip


class NotDecrypted(Exception):
    """The text is no ciphertext, or one of another key, or was changed."""


class Key:
    """A key that does not print and is not written down. `id` names it, and tells nothing of it."""

    __slots__ = ("_secret", "id")

    def __init__(self, secret: bytes) -> None:
        if not secret:
            raise ValueError("a key is not empty")
        # Any secret will do, whatever its length: what is used are 256 bits made of it (RFC 5869, extraction).
        self._secret = hmac.digest(b"headgate key", secret, "sha256")
        self.id = self.digest(b"id")[:3].hex()

    def digest(self, *parts: bytes) -> bytes:
        """The HMAC of the parts, each with its length."""
        message = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
        return hmac.new(self._secret, message, hashlib.sha256).digest()

    def __repr__(self) -> str:
        return f"Key({self.id})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and hmac.compare_digest(self._secret, other._secret)

    def __hash__(self) -> int:
        return hash(self.id)

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError("a key is not written down")


def redact(type_: DataType) -> Any:
    """What stands in the place of any value: null, or where that is none of the type, what is nothing in it.

    >>> from headgate.schema.types import parse_type
    >>> redact(parse_type("bigint")), redact(parse_type("bigint not null"))
    (None, 0)
    """
    if type_.nullable:
        return None
    match type_.name:
        case "DECIMAL":
            return Decimal(0).scaleb(-type_.scale)
        case "ARRAY":
            return []
        case "MAP" | "MULTISET":
            return {}
        case "ROW":
            return {field.name: redact(field.type) for field in type_.fields}
    return _NOTHING.get(type_.name, "")


def hashed(value: Any, domain: str, key: Key) -> Any:
    """The keyed hash of a text or of bytes: equal for equal values of one domain."""
    return _marked("hash", value, domain, key)


def tokenized(value: Any, domain: str, key: Key) -> Any:
    """The token of a text or of bytes: equal for equal values of one domain, in every stream; not reversible."""
    return _marked("tok", value, domain, key)


def partial(value: Any, keep_first: int, keep_last: int) -> Any:
    """The value with stars between its first and last characters; stars alone where nothing would be hidden.

    >>> partial("4000123412341234", 4, 4), partial("1234", 0, 4)
    ('4000********1234', '****')
    """
    if value is None:
        return None
    hidden = len(value) - keep_first - keep_last
    star = b"*" if isinstance(value, bytes) else "*"
    if hidden <= 0:
        return star * len(value)
    return value[:keep_first] + star * hidden + value[len(value) - keep_last :]


def encrypted(value: Any, key: Key, place: str) -> Any:
    """The ciphertext of a text or of bytes, of its own type. The same at the same place, and another at any other.

    So equal values do not show that they are equal, and what is shown twice is the same. The nonce is made of the place and
    the value: one key never meets one nonce with two values (NIST SP 800-38D, 8.3, allows 2^32 of them).
    """
    if value is None:
        return None
    plain = _bytes(value)
    nonce = key.digest(b"nonce", place.encode(), plain)[:_NONCE_BYTES]
    sealed = AESGCM(key.digest(b"aes-256-gcm")).encrypt(nonce, plain, key.id.encode())
    return _as(value, f"enc_{key.id}_{base64.urlsafe_b64encode(nonce + sealed).decode().rstrip('=')}")


def decrypted(value: Any, key: Key) -> Any:
    """What `encrypted` was given; NotDecrypted where `value` is no ciphertext of this key."""
    if value is None:
        return None
    name, _, rest = _bytes(value).decode("ascii", "replace").partition(f"_{key.id}_")
    try:
        sealed = base64.urlsafe_b64decode(rest + "=" * (-len(rest) % 4))
        if name != "enc":
            raise NotDecrypted
        plain = AESGCM(key.digest(b"aes-256-gcm")).decrypt(
            sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], key.id.encode()
        )
    except (InvalidTag, ValueError):
        raise NotDecrypted from None
    return plain if isinstance(value, bytes) else plain.decode("utf-8", "surrogatepass")


def _marked(method: str, value: Any, domain: str, key: Key) -> Any:
    if value is None:
        return None
    mark = key.digest(method.encode(), domain.encode(), _bytes(value))[:_MARK_BYTES]
    return _as(value, f"{method}_{key.id}_{base64.b32encode(mark).decode().lower()}")


def _bytes(value: Any) -> bytes:
    # Text of one half of a pair of surrogates is in no character set; DuckDB holds none, a reader of JSON may.
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else bytes(value)


def _as(value: Any, text: str) -> Any:
    """The text, as bytes where the value is bytes."""
    return text if isinstance(value, str) else text.encode()
