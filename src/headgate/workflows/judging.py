"""What systems say of things that are to be made or changed, before anything is done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from headgate.diagnostics import Diagnostic, Severity
from headgate.plan.changes import Plan
from headgate.plan.plan import Live
from headgate.plan.refusals import NOT_ACCEPTED, SYSTEM_SAYS, Refusal
from headgate.ports import Validates, Verdict
from headgate.resources import Resource, ResourceId, ResourceKind
from headgate.workflows.refused import span_of
from headgate.workflows.session import Session

_SYSTEMS = {
    "kafka": "Kafka",
    "schema_registry": "the registry",
    "flink": "Flink",
    "connect": "Connect",
    "conduktor": "the Gateway",
    "console": "Console",
}


@dataclass(frozen=True, slots=True)
class Judged:
    """What the systems say of some things."""

    verdicts: Mapping[ResourceId, Verdict]

    @property
    def told_facts(self) -> bool:
        """Whether they know something of a thing that a plan has to know as well."""
        return any(verdict.facts for verdict in self.verdicts.values())

    def told(self, resources: Iterable[Resource]) -> tuple[Resource, ...]:
        """The resources, with what only their systems know of them."""
        return tuple(
            replace(one, fields={**one.fields, **self.verdicts[one.id].facts})
            if one.id in self.verdicts
            else one
            for one in resources
        )

    def refusals(self, plan: Plan, kinds: Mapping[str, ResourceKind]) -> Iterator[Refusal]:
        """What would not be taken."""
        for change in plan.changes:
            verdict = self.verdicts.get(change.id)
            if verdict is None or not verdict.faults:
                continue
            provider = kinds[change.id.kind].provider
            yield Refusal(
                NOT_ACCEPTED,
                f"{_SYSTEMS.get(provider, provider)} would not take {change.id}",
                "nothing was changed; mend the declaration",
                change.address,
                change.id,
                verdict.faults,
            )

    def remarks(self, session: Session, plan: Plan) -> Iterator[Diagnostic]:
        """What else they say."""
        for change in plan.changes:
            verdict = self.verdicts.get(change.id)
            if verdict is None:
                continue
            said = [(Severity.WARNING, one) for one in verdict.warnings]
            for severity, text in (*said, *((Severity.INFO, one) for one in verdict.notes)):
                yield SYSTEM_SAYS.at(
                    span_of(session, change.address),
                    f"{change.id}: {text}",
                    node=change.address or None,
                    severity=severity,
                )


def as_there(
    resources: Sequence[Resource], live: Live, kinds: Mapping[str, ResourceKind]
) -> tuple[Resource, ...]:
    """The resources, with what their systems told of those that are there: it holds as long as nothing else changes."""
    return tuple(
        replace(one, fields={**one.fields, **_facts(live.get(one.id) or {}, kinds[one.id.kind])})
        if kinds[one.id.kind].facts
        else one
        for one in resources
    )


def _facts(fields: Mapping[str, Any], kind: ResourceKind) -> dict[str, Any]:
    return {name: fields[name] for name in sorted(kind.facts) if name in fields}


def judged(plan: Plan, system: Validates) -> Judged:
    """What their systems say of all that the plan would make or change."""
    wanted = [change.desired for change in plan.pending if change.desired is not None]
    verdicts = system.validate(wanted) if wanted else []
    return Judged({verdict.id: verdict for verdict in verdicts})
