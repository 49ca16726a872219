"""How the second client library, kafka-python, logs in: as the first does, where it can."""

from __future__ import annotations

from typing import Any

from headgate.ports import PermanentFailure, client_settings
from headgate.providers.kafka.broker import Broker

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


def wire_settings(broker: Broker, what: str) -> dict[str, Any]:
    """The settings of a client for requests about `what`. PermanentFailure where it has no such way to log in."""
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
