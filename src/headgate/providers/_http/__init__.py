"""A service asked over HTTP: what providers of such services share."""

from headgate.providers._http.probe import reached, told
from headgate.providers._http.reasons import one_line, reason_in_parts, reason_of
from headgate.providers._http.secrets import CHANGED, HIDDEN, is_secret_key, may_be_secret
from headgate.providers._http.service import Rejected, Service

__all__ = [
    "CHANGED",
    "HIDDEN",
    "Rejected",
    "Service",
    "is_secret_key",
    "may_be_secret",
    "one_line",
    "reached",
    "reason_in_parts",
    "reason_of",
    "told",
]
