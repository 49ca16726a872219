"""What librdkafka does not ask brokers for and kafka-python does, over a connection of its own: quotas, reassignments."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError as WireError

from headgate.ports import PermanentFailure, TemporaryFailure, client_settings
from headgate.providers.kafka.broker import Broker
from headgate.providers.kafka.failures import one_line

_SETTINGS = {
    "security.protocol": "security_protocol",
    "sasl.mechanism": "sasl_mechanism",
    "sasl.username": "sasl_plain_username",
    "sasl.password": "sasl_plain_password",
    "ssl.ca.location": "ssl_cafile",
    "ssl.certificate.location": "ssl_certfile",
    "ssl.key.location": "ssl_keyfile",
    "ssl.key.password": "ssl_password",
}
_OTHERWISE = (
    "ssl.keystore",
    "ssl.ca.pem",
    "ssl.ca.certificate",
    "ssl.certificate.pem",
    "ssl.key.pem",
    "ssl.engine",
)
"""Beginnings of librdkafka's further ways to say whom to trust, and who one is, which the other library does not have."""
_MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")


@contextmanager
def wire(broker: Broker, what: str) -> Iterator[Any]:
    """A client of the cluster for some requests about `what`. What goes wrong in it is a Failure.

    It does not say why a login is refused: `broker` was asked something before, and has.
    """
    client = None
    try:
        client = (broker.dial_wire or KafkaAdminClient)(**wire_settings(broker, what))
        yield client
    except (WireError, OSError) as error:
        raise TemporaryFailure(
            broker.hide(f"the {what} of cluster `{broker.name}`: {one_line(error)}")
        ) from None
    finally:
        if client is not None:
            client.close()


def wire_settings(broker: Broker, what: str) -> dict[str, Any]:
    """How that client logs in. PermanentFailure where it has no such way."""
    theirs = client_settings(broker.settings)
    if "security.protocol" in theirs:
        theirs["security.protocol"] = theirs["security.protocol"].upper()
    mechanism = theirs.get("sasl.mechanism", "PLAIN")
    if theirs.get("security.protocol", "").startswith("SASL") and mechanism not in _MECHANISMS:
        raise PermanentFailure(f"{what} cannot be reached by {mechanism}, only by {', '.join(_MECHANISMS)}")
    for key in sorted(theirs):
        if key.startswith(_OTHERWISE):
            files = ", ".join(f"`{one}`" for one in _SETTINGS if one.endswith(".location"))
            raise PermanentFailure(f"{what} cannot be reached with `{key}`, only with {files}")
    checks_name = theirs.get("ssl.endpoint.identification.algorithm", "https") != "none"
    return {
        "client_id": "headgate",
        "bootstrap_servers": theirs["bootstrap.servers"].split(","),
        "bootstrap_timeout_ms": int(broker.look_seconds * 1000),
        "request_timeout_ms": int(broker.look_seconds * 1000),
        "ssl_check_hostname": checks_name,
        **{ours: theirs[key] for key, ours in _SETTINGS.items() if key in theirs},
    }
