"""`require`: the versions of headgate that a project works with."""

from __future__ import annotations

import re

from headgate._version import __version__
from headgate.diagnostics import Diagnostic
from headgate.project import codes
from headgate.syntax import Place

_CLAUSE = re.compile(r"\s*(>=|<=|==|!=|>|<|~=)?\s*(\d+(?:\.\d+)*)\s*")


def check_requires(said: str | None, place: Place, found: list[Diagnostic]) -> None:
    """A finding where this headgate is not one that the project works with."""
    if said is None:
        return
    answer = fits(said, __version__)
    if answer is None:
        finding = codes.BAD_VALUE.at(place.span(), f"`{said}` names no versions")
        found.append(finding.with_help('write bounds with commas between: ">=0.1,<1"'))
    elif not answer:
        finding = codes.REQUIRES_OTHER.at(
            place.span(), f"this is headgate {__version__}, and the project wants {said}"
        )
        found.append(finding.with_help("install a version that fits"))


def fits(bounds: str, version: str) -> bool | None:
    """Whether a version is within bounds; None where they cannot be read.

    >>> fits(">=0.1,<1", "0.3.1"), fits(">=1", "0.3"), fits("new", "1")
    (True, False, None)
    """
    own = _numbers(version)
    fitting = True
    for clause in bounds.split(","):
        match = _CLAUSE.fullmatch(clause)
        if match is None:
            return None
        other = _numbers(match[2])
        size = max(len(own), len(other))
        left, right = own + (0,) * (size - len(own)), other + (0,) * (size - len(other))
        match match[1]:
            case ">=":
                fitting &= left >= right
            case "<=":
                fitting &= left <= right
            case ">":
                fitting &= left > right
            case "<":
                fitting &= left < right
            case "!=":
                fitting &= left != right
            case "~=":
                fitting &= left >= right and left[: len(other) - 1] == other[:-1]
            case _:
                fitting &= left == right
    return fitting


def _numbers(text: str) -> tuple[int, ...]:
    match = re.match(r"\d+(?:\.\d+)*", text)
    return tuple(int(part) for part in match[0].split(".")) if match else (0,)
