"""A service asked over HTTP: what providers of such services share."""

from headgate.providers._http.probe import reached
from headgate.providers._http.reasons import one_line, reason_of
from headgate.providers._http.service import Rejected, Service

__all__ = ["Rejected", "Service", "one_line", "reached", "reason_of"]
