"""Declared uses that something can be said about."""

from __future__ import annotations

from headgate.analysis.context import Context
from headgate.analysis.referring import may_refer
from headgate.graph.permissions import Use


def judged(use: Use, ctx: Context) -> bool:
    """Whether what a use gets is worth judging: not where its role, its reference or the stream's query is at fault."""
    found, facts = ctx.permissions.policies.get(use.stream), ctx.facts(use.stream)
    if use.role not in ctx.project.roles or found is None or facts is None or not facts.known:
        return False
    return not _refused(use, ctx) and not any(column.guessed for column in found.columns.values())


def _refused(use: Use, ctx: Context) -> bool:
    target = ctx.project.streams.get(use.stream)
    exposure = ctx.project.exposures.get(use.by)
    group = exposure.group if exposure is not None else ctx.project.streams[use.by].group
    return target is not None and not may_refer(group, target)
