"""Whether users log in by a password: of it brokers keep a salted hash that no client can ask for (RFC 5802, KIP-554)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from headgate.ports import PermanentFailure, TemporaryFailure, client_settings
from headgate.providers.kafka.broker import CHANGE_SECONDS, Broker

_MOST_AT_ONCE = 8
_WRONG = "invalid credentials"
"""What brokers say of a wrong password, and of nothing else: not of a mechanism that a listener does not take."""


@dataclass(frozen=True, slots=True, repr=False)
class Login:
    """A user, how it logs in, and the password to try."""

    user: str
    mechanism: str
    password: str


def logins(broker: Broker, asked: Sequence[Login]) -> dict[str, bool | None]:
    """Of each user, whether the brokers let it in by its password: each is tried, several at once, where this client logs in.

    None where that cannot be found out in time: on a listener without SASL, or with other mechanisms.
    """
    found: dict[str, bool | None] = {one.user: None for one in asked}
    if not client_settings(broker.settings).get("security.protocol", "").upper().startswith("SASL"):
        return found
    # A refusal takes a broker a moment by design (`connection.failed.authentication.delay.ms`), one after the other.
    until = time.monotonic() + CHANGE_SECONDS
    with ThreadPoolExecutor(_MOST_AT_ONCE, thread_name_prefix="login") as pool:
        return dict(zip(found, pool.map(lambda one: _let_in(broker, one, until), asked), strict=True))


def _let_in(broker: Broker, login: Login, until: float) -> bool | None:
    if time.monotonic() > until:
        return None
    user = broker.logged_in_as(login.user, login.mechanism, login.password)
    try:
        # What it may do does not matter: it is told only to who was let in.
        return user.rights is not None
    except PermanentFailure as refused:
        return False if _WRONG in str(refused).lower() else None
    except TemporaryFailure:
        return None
    finally:
        user.close()
