"""Streaming tests: one file a kind with its parameters, the evidence it asks for, and one way to judge it."""

from headgate.assertions.checking import check_assertions
from headgate.assertions.discovery import assertion_kinds, schemas
from headgate.assertions.evidence import evidence_of
from headgate.assertions.judging import Verdict, judge
from headgate.assertions.kind import (
    RECORD_TIME,
    AssertionKind,
    Elsewhere,
    Evidence,
    Shifted,
    Tested,
    Versions,
)

__all__ = [
    "RECORD_TIME",
    "AssertionKind",
    "Elsewhere",
    "Evidence",
    "Shifted",
    "Tested",
    "Verdict",
    "Versions",
    "assertion_kinds",
    "check_assertions",
    "evidence_of",
    "judge",
    "schemas",
]
