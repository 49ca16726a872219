"""A plan in a file: what is to be done, and what it was made from, so that apply can refuse when that has moved.

It is JSON, in one order, without a time in it: the same plan made from the same things has the same digest. It holds
declarations and what systems say of themselves; no record, no sample and no secret.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from headgate.plan.changes import Access, Phase, Plan, PlannedChange, Risk
from headgate.plan.diff import FieldChange
from headgate.plan.plan import Live
from headgate.plan.refusals import OTHER_PLAN, WORLD_MOVED, Refusal
from headgate.ports import Action
from headgate.resources import Effect, ResourceId
from headgate.state.records import plain, resource_to_values, values_to_resource

FORMAT = 2


class UnreadablePlan(Exception):
    """The file is no saved plan that this version reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPlan:
    """A plan with what it was made from.

    `generation` is the state's, `live` what each thing looked like, `commit` the project's, "" where it is in no repository.
    `made` is when it was made, in seconds since 1970; no part of the digest, since making it again makes the same plan.
    """

    plan: Plan
    project: str
    environment: str
    version: str
    generation: int
    live: Live
    commit: str = ""
    made: int = 0

    @property
    def digest(self) -> str:
        """What identifies the plan: equal for equal plans, made from equal things."""
        text = json.dumps(_to_values(self), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def write_plan(saved: SavedPlan) -> str:
    """The text of a plan file."""
    values = {**_to_values(saved), "made": saved.made, "digest": saved.digest}
    return json.dumps(values, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def read_plan(text: str) -> SavedPlan:
    """The plan of a file; UnreadablePlan where it is none, is of another format, or was changed by hand."""
    try:
        values = json.loads(text)
        if values["format"] != FORMAT:
            raise UnreadablePlan(f"it is of format {values['format']}, and this version reads {FORMAT}")
        saved = _from_values(values)
        digest = values["digest"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadablePlan("it is no saved plan") from error
    if saved.digest != digest:
        raise UnreadablePlan("it was changed after it was made")
    return saved


def speaks_against(
    saved: SavedPlan,
    *,
    project: str,
    environment: str,
    version: str,
    protected: bool,
    digest: str | None,
    now: int = 0,
    ttl_seconds: int = 0,
) -> Iterator[Refusal]:
    """Why a saved plan is not the one to apply here, before anything is looked at.

    Where the environment is protected it must be of this version and, `now`, no older than `ttl_seconds`.
    """
    again = "make the plan anew with `headgate plan --out FILE`"
    if saved.project != project:
        yield Refusal(OTHER_PLAN, f"the plan is one of project `{saved.project}`", again)
    if saved.environment != environment:
        yield Refusal(
            OTHER_PLAN,
            f"the plan is one for {saved.environment}, not for {environment}",
            f"apply it with `--env {saved.environment}`, or {again}",
        )
    if protected and saved.version != version:
        yield Refusal(
            OTHER_PLAN, f"the plan was made by headgate {saved.version}, and this is {version}", again
        )
    if protected and now - saved.made > ttl_seconds:
        age = f"{(now - saved.made) / 3600:.1f} hours"
        yield Refusal(
            OTHER_PLAN, f"the plan is {age} old, and may be {ttl_seconds / 3600:g} hours old at most", again
        )
    if digest is not None and digest != saved.digest:
        yield Refusal(OTHER_PLAN, f"the plan's digest is {saved.digest}", "apply the plan that was approved")


def moved(saved: SavedPlan, generation: int, live: Live) -> Refusal | None:
    """Why the world is not the one that the plan was made for; None where it is."""
    again = "look at what has changed with `headgate plan`, and save a new plan"
    if generation != saved.generation:
        what = "the plan was applied already, or something else was since it was made"
        return Refusal(WORLD_MOVED, what, again)
    for id_, before in sorted(saved.live.items()):
        if plain(live.get(id_)) != plain(before):
            what = "is gone" if live.get(id_) is None else "is there" if before is None else "has changed"
            return Refusal(WORLD_MOVED, f"{id_} {what} since the plan was made", again, id=id_)
    return None


def _to_values(saved: SavedPlan) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "project": saved.project,
        "environment": saved.environment,
        "version": saved.version,
        "commit": saved.commit,
        "generation": saved.generation,
        "live": [[id_.kind, id_.name, plain(fields)] for id_, fields in sorted(saved.live.items())],
        "changes": [_change_to_values(change) for change in saved.plan.changes],
    }


def _from_values(values: Mapping[str, Any]) -> SavedPlan:
    return SavedPlan(
        plan=Plan(tuple(_values_to_change(change) for change in values["changes"])),
        project=values["project"],
        environment=values["environment"],
        version=values["version"],
        commit=values["commit"],
        made=int(values["made"]),
        generation=values["generation"],
        live={ResourceId(kind, name): fields for kind, name, fields in values["live"]},
    )


def _change_to_values(change: PlannedChange) -> dict[str, Any]:
    return {
        "action": change.action.value,
        "kind": change.id.kind,
        "name": change.id.name,
        "desired": None if change.desired is None else resource_to_values(change.desired),
        "address": change.address,
        "risk": change.risk.value,
        "reason": change.reason,
        "fields": [[f.field, f.now, f.then, f.effect.name, f.drift] for f in change.fields],
        "after": [[one.kind, one.name] for one in change.after],
        "phase": change.phase.name,
        "wave": change.wave,
        "access": change.access.name,
        "readers": list(change.readers),
        "waits": change.waits,
        "blocks": change.blocks,
        "learns": change.learns,
        "breaks": change.breaks,
        "once": plain(change.once),
    }


def _values_to_change(values: Mapping[str, Any]) -> PlannedChange:
    desired = values["desired"]
    return PlannedChange(
        action=Action(values["action"]),
        id=ResourceId(values["kind"], values["name"]),
        desired=None if desired is None else values_to_resource(desired),
        address=values["address"],
        risk=Risk(values["risk"]),
        reason=values["reason"],
        fields=tuple(
            FieldChange(name, now, then, Effect[effect], drift)
            for name, now, then, effect, drift in values["fields"]
        ),
        after=tuple(ResourceId(kind, name) for kind, name in values["after"]),
        phase=Phase[values["phase"]],
        wave=values["wave"],
        access=Access[values["access"]],
        readers=tuple(values["readers"]),
        waits=values["waits"],
        blocks=values["blocks"],
        learns=values["learns"],
        breaks=values["breaks"],
        once=values["once"],
    )
