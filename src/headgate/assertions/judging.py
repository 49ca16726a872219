"""What the numbers of failing and judged records mean: one way for every kind."""

from __future__ import annotations

from enum import StrEnum

from headgate.project.declarations import Test


class Verdict(StrEnum):
    """How an assertion came out. `error` says that it could not be judged, `skipped` that it is not judged here."""

    PASS = "pass"  # noqa: S105 - not a password
    WARN = "warn"
    FAIL = "fail"
    ERROR = "error"
    SKIPPED = "skipped"
    NOT_ENOUGH_DATA = "not_enough_data"


def judge(test: Test, failed: int, judged: int) -> Verdict:
    """The verdict on `failed` of `judged` records, by the test's threshold and severity.

    More than `count`, or a greater share than `threshold`, may not fail; without either, none may. With both, each is a
    limit of its own.
    """
    if not judged:
        return Verdict.NOT_ENOUGH_DATA
    over = [failed > test.threshold_count] if test.threshold_count is not None else []
    if test.threshold_share is not None:
        over.append(failed / judged > test.threshold_share)
    if not failed or (over and not any(over)):
        return Verdict.PASS
    return Verdict.WARN if test.severity == "warn" else Verdict.FAIL
