"""What is declared in full and only a running system can enforce is told once a kind."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Diagnostic
from headgate.project.codes import NOT_ENFORCED_HERE as CODE
from headgate.project.declarations import Project
from headgate.syntax.document import Place


@rule(CODE)
def check(ctx: Context) -> Iterator[Diagnostic]:
    for what, why, places in (
        (
            "streaming tests run here over what is there, not as jobs",
            "a live `apply` deploys them",
            _tests(ctx.project),
        ),
        ("alerts are printed here, not sent", "`monitor` sends them", _alerts(ctx.project)),
        (
            "what exposures promise is not watched here",
            "`monitor` watches it on a live system",
            _slas(ctx.project),
        ),
        (
            "the lag of consumers is not watched here",
            "`monitor` watches it on a live system",
            _lags(ctx.project),
        ),
        (
            "what producers may write is not enforced here",
            "the registry and the proxy enforce it",
            _contracts(ctx.project),
        ),
        (
            "an `until` is not watched here: what it ends stays in force",
            "`monitor` watches it on a live system",
            _ends(ctx.project),
        ),
        ("quotas are not enforced here", "brokers enforce them", _quotas(ctx.project)),
        (
            "the freshness of sources is not watched here",
            "`monitor` watches it on a live system",
            _freshness(ctx.project),
        ),
    ):
        found = list(places)
        if found:
            count = f" ({len(found)} declared)" if len(found) > 1 else ""
            yield CODE.at(found[0].span(), f"{what}{count}").with_help(why)


def _tests(project: Project) -> Iterator[Place]:
    return (t.place.at("type") for t in project.tests.values() if t.type == "streaming")


def _alerts(project: Project) -> Iterator[Place]:
    return (a.place for t in project.tests.values() for a in t.actions if a.kind == "send_alert")


def _slas(project: Project) -> Iterator[Place]:
    for exposure in project.exposures.values():
        if exposure.sla.place is not None:
            yield exposure.sla.place
    for product in project.data_products.values():
        if product.sla.place is not None:
            yield product.sla.place


def _lags(project: Project) -> Iterator[Place]:
    for exposure in project.exposures.values():
        if exposure.max_lag_messages is not None:
            yield exposure.place.at("consumer_config", "max_lag_messages")


def _contracts(project: Project) -> Iterator[Place]:
    for exposure in project.exposures.values():
        if exposure.contract_schema or exposure.contract_versioning:
            yield exposure.place.at("contracts")


def _ends(project: Project) -> Iterator[Place]:
    for stream in project.streams.values():
        yield from (entry.place.at("until") for entry in stream.security.declassify if entry.until)
        yield from (entry.place.at("until") for entry in stream.security.bypass if entry.until)


def _quotas(project: Project) -> Iterator[Place]:
    for exposure in project.exposures.values():
        if exposure.quota_produce is not None or exposure.quota_consume is not None:
            yield exposure.place.at("quota")


def _freshness(project: Project) -> Iterator[Place]:
    return (s.freshness.place for s in project.streams.values() if s.freshness is not None)
