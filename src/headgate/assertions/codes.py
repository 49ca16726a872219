"""What can be wrong with a test: every code of this room."""

from __future__ import annotations

from headgate.diagnostics import Code, Severity

UNKNOWN_KIND = Code("HGT030", "unknown-assertion", Severity.ERROR)
UNKNOWN_COLUMN = Code("HGT031", "test-column-unknown", Severity.ERROR)
DOES_NOT_FIT = Code("HGT032", "assertion-does-not-fit", Severity.ERROR)
UNIT_TEST = Code("HGT033", "unit-test-does-not-fit", Severity.ERROR)
