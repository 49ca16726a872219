"""No prefix of a plan of what real declarations compile to shows anybody more than the graph of permissions says before or
after it: what is in force at each moment is read by `in_force`, and compared column by column, form by form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import groupby
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from back_half import Memory, MemoryState
from checked import checked, folder
from compiling import world
from golden.compile.test_compile import CASES, HERE, Case
from headgate.analysis import Context
from headgate.apply import carry_out
from headgate.compile.discovery import chosen_targets, compile_project, target
from headgate.compile.target import World
from headgate.diagnostics import Severity
from headgate.graph.permissions.form import DENIED, Form
from headgate.plan.changes import Phase, Plan, PlannedChange
from headgate.plan.plan import Asked, make_plan
from headgate.ports import Change, Failure
from headgate.project.declarations import Materialization
from headgate.resources import Resource, ResourceId, ResourceKind
from headgate.resources.live import CONNECTOR, GATEWAY, GATEWAY_JOB_ACL, JOB, JOB_ACL
from headgate.workflows.affected import affected
from headgate.workflows.forms import with_forms
from headgate.workflows.request import Request
from headgate.workflows.session import Session
from in_force import Moment, Things, Topics, first, statement
from running import ACCEPTANCE

Files = Mapping[str, str]
ALL = Asked(deletes=True, data=True)
LIVE = ("kafka", "schemas", "flink", "connect", "conduktor")
NOTHING = {"headgate.yml": "name: shop\n"}


@dataclass(frozen=True)
class Declared:
    """A project, what it compiles to, and what its graph of permissions says."""

    session: Session
    world: World
    resources: tuple[Resource, ...]
    kinds: Mapping[str, ResourceKind]

    @property
    def topics(self) -> Topics:
        """The topics that its streams are stored in."""
        columns: dict[str, dict[str, int]] = {}
        by_others = set()
        for address, facts in self.world.graph.facts.items():
            stream = self.world.graph.stream(address)
            theirs = stream.materialized is Materialization.SOURCE
            if theirs or (self.world.stored_here(stream) and stream.sink is None):
                name = self.world.topic(stream)
                columns.setdefault(name, {}).update({c.name: c.type.length for c in facts.columns})
                by_others |= {name} if theirs else set()
        return Topics(columns, frozenset(by_others))

    def allows(self, principal: str, topic: str, column: str) -> Form:
        """The clearest form in which the graph shows somebody what a stored column holds, under the name of a topic."""
        permissions, found = self.world.permissions, DENIED
        roles = [role.name for role in self.world.project.roles.values() if principal in role.principals]
        purposes = {use.purpose for use in permissions.uses if use.principal == principal} or {None}
        for address in self.world.graph.facts:
            stream = self.world.graph.stream(address)
            if stream.sink is None and self.world.topic(stream) == topic:
                names = self._served.get(topic, {}).get(column, {column})
                views = [permissions.view(role, purpose, address) for role in roles for purpose in purposes]
                forms = [view.columns[name].form for view in views for name in names & view.columns.keys()]
                found = max([found, *forms], key=lambda form: form.looseness)
        return found

    @cached_property
    def _served(self) -> dict[str, dict[str, set[str]]]:
        """For each virtual topic the names under which a stored column is served; a column computed from it is none."""
        found: dict[str, dict[str, set[str]]] = {}
        for one in self.resources:
            config = one.fields.get("spec", {}).get("config", {}) if one.id.kind == GATEWAY.name else {}
            for name, column in statement(config["statement"])[1] if "statement" in config else ():
                found.setdefault(config["virtualTopic"], {}).setdefault(column, set()).add(name)
        return found


def declared(files: Files, targets: Sequence[str] = LIVE) -> Declared | None:
    """A project; None where its systems cannot express it, so that it is never planned."""
    made_of = world(files)
    names, _ = chosen_targets(made_of.project.environment, targets)
    live = [name for name in names if name != "embedded"]
    compiled = compile_project(made_of, live)
    if any(d.severity is Severity.ERROR for d in compiled.diagnostics):
        return None
    kinds = {kind.name: kind for name in LIVE for kind in target(name).KINDS}
    assert isinstance(made_of.context, Context)
    session = Session(Request(root=Path()), made_of.context, (), made_of.project.texts)
    return Declared(session, made_of, with_forms(session, compiled.resources, kinds), kinds)


def people(*projects: Declared) -> set[str]:
    """Whoever is of a role: what services of an environment are given shows nobody anything."""
    return {who for one in projects for role in one.world.project.roles.values() for who in role.principals}


@dataclass(frozen=True)
class Transition:
    """One project changed into another."""

    before: Declared
    after: Declared

    def start(self, either_way: bool = True) -> Moment:
        things = {one.id: one.fields for one in self.before.resources}
        return replace(first(self.before.topics, self.after.topics, things), either_way=either_way)

    def plan(
        self,
        things: Things,
        applied: Mapping[ResourceId, Resource],
        intents: Sequence[ResourceId],
        asked: Asked,
    ) -> Plan:
        wanted = self.after.resources
        live = {id_: things.get(id_) for id_ in {*applied, *intents, *(one.id for one in wanted)}}
        told = affected(self.after.session, wanted, applied, live)
        return make_plan(wanted, applied, live, self.after.kinds, asked=asked, affected=told, intents=intents)

    def whole(self, asked: Asked = ALL) -> Plan:
        applied = {one.id: one for one in self.before.resources}
        return self.plan({one.id: one.fields for one in self.before.resources}, applied, (), asked)

    def leaks(self, moment: Moment) -> list[str]:
        """What is seen at a moment that neither graph allows."""
        known = people(self.before, self.after)
        found = []
        for (who, topic, column), form in moment.seen().items():
            limit = max(
                (one.allows(who, topic, column) for one in (self.before, self.after)),
                key=lambda one: one.looseness,
            )
            if who in known and form.looseness > limit.looseness:
                found.append(f"{who} sees {column} of {topic} as {form}, and may as {limit}")
        return found


def moments(plan: Plan, moment: Moment) -> Iterator[Moment]:
    """What is in force after each wave and, since a wave's changes land in any order, with each of its changes alone or
    missing."""
    yield moment
    for _, wave in groupby(plan.changes, lambda change: change.wave):
        pending = [change for change in wave if change.pending]
        for change in pending:
            yield moment.after(made(moment.things, [change]))
            yield moment.after(made(moment.things, [other for other in pending if other is not change]))
        moment = moment.after(made(moment.things, pending))
        yield moment


def made(things: Things, changes: Iterable[PlannedChange]) -> Things:
    found = dict(things)
    for change in changes:
        found.pop(change.id, None)
        if change.desired is not None:
            found[change.id] = change.desired.fields
    return found


Edit = tuple[str, str, str]
"""A file, a text in it, and what stands there instead; without a text, the end of the file."""


def edited(files: Files, *edits: Edit) -> Files:
    found = dict(files)
    for name, old, new in edits:
        if old:
            assert old in found[name], old
            found[name] = found[name].replace(old, new)
        else:
            found[name] = found.get(name, "") + new
    return found


def golden(name: str) -> Files:
    return folder(HERE / name / "project")


PROXY = """
engine: live
default: true
fail_closed: false
clusters:
  prod-eu:
    kafka: {bootstrap_servers: "kafka:9092", security_protocol: SASL_SSL, sasl_mechanism: PLAIN}
    schema_registry: {url: "http://registry:8081"}
    flink: {type: sql_gateway, url: "http://flink:8083"}
    connect: {main: {url: "http://connect:8083"}}
    proxy: {type: conduktor, url: "http://gateway:8888", bootstrap_servers: "gateway:6969"}
    identities:
      flink: {principal: "User:flink"}
      connect: {principal: "User:connect"}
      fraud-ml: {principal: "User:fraud-ml", username: fraud-ml, password: '{{ env_var("FRAUD_ML_PASSWORD") }}'}
kms: {prod: {type: vault, host: "vault:8200", auth: app_role, role_id: '{{ env_var("R") }}', secret_id: '{{ env_var("S") }}'}}
"""
DESK = """
  - name: {name}
    type: application
    owner: {owner}
    consumes: ['{kind}("{stream}")']
    access: {{allowed_roles: [{role}]}}
"""


def reads(
    stream: str, role: str, file: str = "exposures.yml", owner: str = "team-fraud", kind: str = "ref"
) -> Edit:
    name = f"{stream}_{role}".replace("-", "_")
    return file, "", DESK.format(name=name, stream=stream, role=role, owner=owner, kind=kind)


def between(text: str, start: str, end: str = "") -> str:
    """The part of a text from one text to before another, or to its end."""
    at = text.index(start)
    return text[at : text.index(end, at) if end else len(text)]


PAYMENTS = edited(
    {name: text for name, text in folder(ACCEPTANCE).items() if name != "tests.yml"},
    ("environments/live.yml", "", PROXY),
    ("models.yml", "            method: tokenization\n", "            method: tokenization\n            fallback: redact\n"),
    ("sources.yml", '["User:support-desk"]', '["User:support-desk"], clearance: confidential'),
    ("sources.yml", '["User:analytics"]', '["User:analytics"], clearance: confidential'),
    reads("payments_clean", "support"),
    reads("customer_balance_5m", "analytics"),
)  # fmt: skip
NO_MASK = ("models.yml", between(PAYMENTS["models.yml"], "        - mask:", "        - encrypt:"), "")
NO_ENCRYPT = (
    "models.yml",
    "        - encrypt:\n            column: card_number\n            key: kms://prod/payments\n",
    "",
)
STREAMS = "streams.yml"
MASKED, ENCRYPTED_CARDS = golden("masked"), golden("encrypted")
VIRTUAL = "    materialized: virtual_topic\n"
SUPPORTS_MASK = between(
    MASKED[STREAMS],
    "        - mask: {column: card_number, method: partial",
    "        - mask: {column: card_number, method: tok",
)
LARGE = between(MASKED[STREAMS], "  - name: large", "  - name: warehouse")
WAREHOUSE = between(MASKED[STREAMS], "  - name: warehouse", "exposures:")
SUPPORT_DESK = between(MASKED[STREAMS], "  - name: support_desk")
ALLOWS = between(ENCRYPTED_CARDS[STREAMS], "        - allow:", "  - name: large_payments")
LARGE_PAYMENTS = between(ENCRYPTED_CARDS[STREAMS], "  - name: large_payments", "exposures:")
FRAUD_SCORING = between(ENCRYPTED_CARDS[STREAMS], "  - name: fraud_scoring", "  - name: payment_service")
PAYMENT_SERVICE = between(ENCRYPTED_CARDS[STREAMS], "  - name: payment_service")
KMS = between(golden("encrypted")["environments/prod.yml"], "kms:")
FAMILIES: Mapping[str, tuple[Files, Mapping[str, Sequence[Edit]]]] = {
    "payments": (
        PAYMENTS,
        {
            "as it is": (),
            "no mask": (NO_MASK,),
            "a mask for support alone": (("models.yml", '["support", "analytics"]', '["support"]'),),
            "a mask that shows nothing": (("models.yml", "method: tokenization", "method: redact"),),
            "no encrypt": (NO_ENCRYPT,),
            "support may see cards": (
                NO_MASK,
                ("models.yml", '["fraud-engine", "fraud-ml", "payments-core"]', '["fraud-engine", "support"]'),
                ("models.yml", '            purpose: "fraud_detection"\n', ""),
            ),
            "analytics reads payments": (reads("payments_clean", "analytics"),),
            "support-desk is of analytics": (
                ("sources.yml", '["User:support-desk"]', '["User:desk"]'),
                ("sources.yml", '["User:analytics"]', '["User:support-desk"]'),
            ),
            "support-desk is of fraud": (
                ("sources.yml", '["User:support-desk"]', '["User:fraud-scoring"]'),
                ("sources.yml", 'principals: ["User:fraud-scoring"]', 'principals: ["User:support-desk"]'),
            ),
            "not private": (("models.yml", "    access: private\n", ""),),
            "another name": tuple(
                (name, "payments_clean", "payments_checked") for name in ("models.yml", "exposures.yml")
            ),
            "stored by a job": (
                ("models.yml", "    materialized: virtual_topic         # via the proxy\n",
                 "    materialized: flink_stream\n"),
            ),
            "amounts are internal": (("models.yml", "amount_cents: confidential", "amount_cents: internal"),),
            "no proxy": (
                NO_ENCRYPT,
                ("exposures.yml", reads("payments_clean", "support")[2], ""),
                ("environments/live.yml", "default: true\n", "default: true\nvirtual_topics: flink\n"),
                ("environments/live.yml",
                 '    proxy: {type: conduktor, url: "http://gateway:8888", bootstrap_servers: "gateway:6969"}\n', ""),
            ),
            "nothing": (("models.yml", PAYMENTS["models.yml"], ""), ("exposures.yml", PAYMENTS["exposures.yml"], "")),
        },
    ),
    "masked": (
        MASKED,
        {
            "as it is": (),
            "support sees no card": ((STREAMS, "method: partial, keep_last: 4", "method: redact"),),
            "support sees more of a card": ((STREAMS, "keep_last: 4", "keep_last: 8"),),
            "a mask less": ((STREAMS, SUPPORTS_MASK, ""),),
            "support's clearance is higher": (
                (STREAMS, SUPPORTS_MASK, ""),
                (STREAMS, "clearance: confidential}", "clearance: highly_sensitive}"),
            ),
            "support's clearance is lower": ((STREAMS, "clearance: confidential}", "clearance: internal}"),),
            "support may see all": (
                (STREAMS, SUPPORTS_MASK, "        - allow: {roles: [support]}\n"),
            ),
            "paid is private": (
                (STREAMS, f"{VIRTUAL}    key: id\n    sql: |\n      SELECT id, card",
                 f"{VIRTUAL}    access: private\n    group: desk\n    owner: team-desk\n    key: id\n    sql: |\n      SELECT id, card"),
                (STREAMS, '["User:CN=support,OU=shop"]', '["User:CN=support,OU=shop"], group: desk'),
                (STREAMS, "roles:\n", "groups: [{name: desk, members: [team-shop, team-desk]}]\nroles:\n"),
                (STREAMS, WAREHOUSE, ""),
                (STREAMS, LARGE, ""),
                (STREAMS, "    type: application\n", "    type: application\n    owner: team-desk\n"),
            ),
            "analytics reads large": (reads("large", "analytics", STREAMS, "team-shop"),),
            "support's account is of analytics": (
                (STREAMS, '["User:CN=support,OU=shop"]', '["User:other"]'),
                (STREAMS, 'principals: ["User:analytics"]', 'principals: ["User:CN=support,OU=shop"]'),
                (STREAMS, WAREHOUSE, ""),
                reads("paid", "analytics", STREAMS, "team-shop"),
            ),
            "both accounts change places": (
                (STREAMS, '["User:CN=support,OU=shop"]', '["User:passing"]'),
                (STREAMS, '["User:analytics"]', '["User:CN=support,OU=shop"]'),
                (STREAMS, '["User:passing"]', '["User:analytics"]'),
                (STREAMS, WAREHOUSE, ""),
                reads("paid", "analytics", STREAMS, "team-shop"),
            ),
            "cards are internal": ((STREAMS, "classification: highly_sensitive", "classification: internal"),),
            "mails are sensitive": ((STREAMS, "classification: confidential", "classification: highly_sensitive"),),
            "another name": (
                (STREAMS, "name: paid\n", "name: paid_orders\n"),
                (STREAMS, '"paid"', '"paid_orders"'),
                (STREAMS, "model: paid}", "model: paid_orders}"),
            ),
            "other columns": ((STREAMS, "SELECT id, card AS card_number, email, amount", "SELECT id, email AS mail, amount, card AS card_number"), (STREAMS, LARGE, "")),
            "nobody reads": ((STREAMS, SUPPORT_DESK, ""), (STREAMS, WAREHOUSE, "")),
            "cards are encrypted": (
                (STREAMS, "models:\n", "    security:\n      policies:\n        - encrypt: {column: card, key: kms://prod/cards}\nmodels:\n"),
                ("environments/prod.yml", "", KMS),
            ),
            "cards are encrypted and not masked": (
                (STREAMS, SUPPORTS_MASK, ""),
                (STREAMS, "models:\n", "    security:\n      policies:\n        - encrypt: {column: card, key: kms://prod/cards}\nmodels:\n"),
                ("environments/prod.yml", "", KMS),
            ),
            "orders are another topic": ((STREAMS, "  - name: orders\n", "  - name: orders\n    topic: orders.v2\n"),),
        },
    ),
    "encrypted": (
        ENCRYPTED_CARDS,
        {
            "as it is": (),
            "no encrypt": ((STREAMS, "        - encrypt: {column: card_number, key: kms://prod/payments}\n", ""),),
            "no allow": ((STREAMS, ALLOWS, ""),),
            "audit may not": ((STREAMS, "        - allow: {roles: [audit]}\n", ""),),
            "audit reads payments": (reads("payments", "audit", STREAMS, "team-payments"),),
            "audit reads both": (
                reads("payments", "audit", STREAMS, "team-payments"),
                reads("large_payments", "audit", STREAMS, "team-payments"),
            ),
            "audit reads what it may not decrypt": (
                (STREAMS, ALLOWS, ""),
                reads("payments", "audit", STREAMS, "team-payments"),
            ),
            "large payments without the number": ((STREAMS, "SELECT id, card_number, amount", "SELECT id, amount"),),
            "no large payments": ((STREAMS, LARGE_PAYMENTS, ""), (STREAMS, FRAUD_SCORING, "")),
            "fraud is of audit": (
                (STREAMS, 'principals: ["User:fraud"]', 'principals: ["User:passing"]'),
                (STREAMS, 'principals: ["User:audit"]', 'principals: ["User:fraud"]'),
                reads("payments", "audit", STREAMS, "team-payments"),
            ),
            "another column is encrypted": (
                (STREAMS, "- encrypt: {column: card_number,", "- encrypt: {column: amount_text,"),
                (STREAMS, "      - {name: amount, data_type: bigint}\n",
                 "      - {name: amount, data_type: bigint}\n      - {name: amount_text, data_type: string}\n"),
            ),
            "nothing written": ((STREAMS, PAYMENT_SERVICE, ""),),
            "two writers": ((STREAMS, "", PAYMENT_SERVICE.replace("payment_service", "refunds").replace("User:payments", "User:refunds")),),
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.name != "acceptance"], ids=lambda case: case.name
)
def test_nobody_sees_more_while_a_project_is_made_or_destroyed(case: Case) -> None:
    one = declared(folder(case.project or HERE / case.name / "project"), case.targets)
    nothing = declared(NOTHING)
    assert one is not None and nothing is not None
    for change in (Transition(nothing, one), Transition(one, nothing)):
        assert sum(1 for _ in faults(change, change.whole())) == 0
    assert seen_by_people(Transition(one, nothing)) or not one.world.permissions.uses


def faults(change: Transition, plan: Plan, either_way: bool = True) -> Iterator[str]:
    for moment in moments(plan, change.start(either_way)):
        yield from change.leaks(moment)


def seen_by_people(change: Transition) -> int:
    """How much is seen in the beginning: where nobody sees anything, nothing is tested."""
    known = people(change.before, change.after)
    return sum(who in known for who, _, _ in change.start().seen())


@cache
def variants(family: str) -> Mapping[str, Declared]:
    files, edits = FAMILIES[family]
    found = {name: declared(edited(files, *each)) for name, each in edits.items()}
    return {name: one for name, one in found.items() if one is not None}


RENAMED = ("another name", "other columns")
"""Changes by which something is served under another name from the same place. No order of them is right whether the proxy
asks for the one name or for the other; so they are right where it asks for what is stored."""


@pytest.mark.parametrize("family", FAMILIES)
def test_every_variant_can_be_planned_and_shows_somebody_something(family: str) -> None:
    assert list(variants(family)) == list(FAMILIES[family][1])
    blind = [name for name, one in variants(family).items() if not seen_by_people(Transition(one, one))]
    assert set(blind) <= {"nothing", "nobody reads", "no large payments"}


@pytest.mark.parametrize(
    ("family", "before"), [(family, before) for family, (_, edits) in FAMILIES.items() for before in edits]
)
def test_nobody_sees_more_while_a_project_is_changed(family: str, before: str) -> None:
    every = variants(family)
    walked = 0
    for after in every:
        # The acceptance project is large: from each variant to itself as it is and back, not to each other one.
        if after == before or (family == "payments" and "as it is" not in (before, after)):
            continue
        change = Transition(every[before], every[after])
        for asked in (ALL, Asked()):
            plan = change.whole(asked)
            assert plan.refusals == ()
            if any(row.blocks for row in plan.changes):
                assert asked != ALL
                continue
            found = list(faults(change, plan, either_way=not {before, after} & set(RENAMED)))
            assert found == [], (before, after)
            walked += 1
    assert walked


CARD = "        - mask: {{column: card_number, method: {}, applied_in: [{{roles: [support]}}]}}\n"
SWITCHES: Sequence[Sequence[Sequence[Edit]]] = (
    ((), ((STREAMS, SUPPORTS_MASK, ""),),
     *(((STREAMS, SUPPORTS_MASK, CARD.format(how)),)
       for how in ("redact", "partial, keep_last: 8", "partial, keep_first: 2"))),
    *(((), ((STREAMS, "clearance: confidential}", f"clearance: {level}}}"),))
      for level in ("public", "highly_sensitive")),
    ((), ((STREAMS, "classification: highly_sensitive", "classification: internal"),)),
    ((), ((STREAMS, "classification: confidential", "classification: highly_sensitive"),)),
    ((), ((STREAMS, '["User:CN=support,OU=shop"]', '["User:desk"]'),)),
    ((), ((STREAMS, WAREHOUSE, ""),)),
    ((), ((STREAMS, SUPPORT_DESK, ""),)),
    ((), (reads("large", "analytics", STREAMS, "team-shop"),)),
    ((), ((STREAMS, "  - name: orders\n", "  - name: orders\n    topic: orders.v2\n"),)),
    ((), ((STREAMS, "models:\n", "    security: {policies: [{encrypt: {column: card, key: 'kms://prod/cards'}}]}\nmodels:\n"),
          ("environments/prod.yml", "", KMS))),
    ((), ((STREAMS, "{column: card_number, method: tokenization, applied_in: [{roles: [analytics]}], fallback: redact}",
           "{column: email, method: redact, applied_in: [{roles: [analytics]}]}"),)),
)  # fmt: skip


SWITCHED = st.tuples(*(st.integers(0, len(options) - 1) for options in SWITCHES))


@cache
def switched(chosen: tuple[int, ...]) -> Declared | None:
    """The masked project with some changes; None where they do not fit each other, or no system can express them."""
    files = MASKED
    for options, number in zip(SWITCHES, chosen, strict=True):
        if any(old not in files[name] for name, old, _ in options[number] if old):
            return None
        files = edited(files, *options[number])
    broken = any(d.severity is Severity.ERROR for d in checked(files))
    return None if broken else declared(files)


@given(SWITCHED, SWITCHED, st.booleans(), st.sampled_from([ALL, Asked()]))
@settings(suppress_health_check=[HealthCheck.filter_too_much])
def test_nobody_sees_more_while_any_declarations_are_changed(
    before: tuple[int, ...], after: tuple[int, ...], either_way: bool, asked: Asked
) -> None:
    one, other = switched(before), switched(after)
    assume(one is not None and other is not None)
    assert one is not None and other is not None
    change = Transition(one, other)
    plan = change.whole(asked)
    assert plan.refusals == ()
    assume(not any(row.blocks for row in plan.changes))
    found = list(faults(change, plan, either_way))
    assert found == []


def test_nothing_is_applied_while_a_sink_that_is_to_go_reads_what_is_protected_for_others() -> None:
    every = variants("masked")
    held = Transition(every["orders are another topic"], every["nobody reads"])
    blocking = [change.id for change in held.whole(Asked()).changes if change.blocks]
    assert blocking == [ResourceId("connector", "main/main/shop.warehouse")]
    assert not any(change.blocks for change in held.whole().changes)


@pytest.mark.parametrize("family", FAMILIES)
def test_what_runs_begins_when_its_own_grants_are_there(family: str) -> None:
    begun = 0
    for one in variants(family).values():
        there = {resource.id for resource in one.resources}
        for running in (r for r in one.resources if r.id.kind in (JOB.name, CONNECTOR.name)):
            kinds = {id_.kind for id_ in running.after if id_ in there}
            begun += bool(kinds & {JOB_ACL.name, GATEWAY_JOB_ACL.name})
            assert set(running.after) <= there | {
                id_ for id_ in running.after if id_.kind in ("topic", "subject")
            }
    assert begun


class Watched(Memory):
    """A system that makes what it is asked for at once in any order, and is looked at after each change."""

    random: Random
    moment: Moment
    change: Transition
    found: list[str]

    def carry_out(self, changes: Sequence[Change]) -> list[Failure | None]:
        mixed = list(changes)
        self.random.shuffle(mixed)
        told = dict(zip((change.id for change in mixed), super().carry_out(mixed), strict=True))
        return [told[change.id] for change in changes]

    def make(self, change: Change) -> None:
        super().make(change)
        self.moment = self.moment.after(dict(self.things))
        self.found += self.change.leaks(self.moment)


@pytest.mark.parametrize(
    ("family", "after"),
    [
        ("masked", "support's account is of analytics"),
        ("masked", "cards are encrypted and not masked"),
        ("masked", "orders are another topic"),
        ("encrypted", "fraud is of audit"),
        ("encrypted", "no large payments"),
        ("payments", "stored by a job"),
    ],
)
def test_nobody_sees_more_where_a_change_fails_and_the_rest_is_made_later(family: str, after: str) -> None:
    one, other = variants(family)["as it is"], variants(family)[after]
    for number, change in enumerate((Transition(one, other), Transition(other, one))):
        for failing in [change_.id for change_ in change.whole().pending]:
            system, state = watched(change, Random(number))
            for broken in ({failing}, set[ResourceId]()):
                system.failing = broken
                plan = change.plan(system.things, state.read(), state.intents(), ALL)
                carry_out(plan, system, state, lambda *_: None)
            assert system.found == [], failing
            assert change.plan(system.things, state.read(), state.intents(), ALL).is_empty


def watched(change: Transition, random: Random) -> tuple[Watched, MemoryState]:
    system, state = Watched(), MemoryState()
    system.things = {one.id: one.fields for one in change.before.resources}
    system.random, system.moment, system.change, system.found = random, change.start(), change, []
    state.resources = {one.id: one for one in change.before.resources}
    return system, state


def backwards(plan: Plan) -> Plan:
    return replace(plan, changes=tuple(reversed(plan.changes)))


def phases_swapped(one: Phase, other: Phase) -> Callable[[Plan], Plan]:
    """A plan in which what belongs to one phase is made when it is the other's turn."""

    def turn(change: PlannedChange) -> tuple[Phase, int]:
        return {one: other, other: one}.get(change.phase, change.phase), change.wave

    return lambda plan: replace(plan, changes=tuple(sorted(plan.changes, key=turn)))


@pytest.mark.parametrize(
    ("family", "before", "after", "spoilt"),
    [
        ("masked", "nobody reads", "as it is", backwards),
        ("masked", "nobody reads", "as it is", phases_swapped(Phase.PROTECT, Phase.GIVE)),
        ("masked", "as it is", "nobody reads", phases_swapped(Phase.TAKE, Phase.REMOVE)),
        (
            "masked",
            "as it is",
            "cards are encrypted and not masked",
            phases_swapped(Phase.PROTECT, Phase.REMOVE),
        ),
        ("encrypted", "no large payments", "no allow", phases_swapped(Phase.PROTECT, Phase.RUN)),
        ("payments", "stored by a job", "as it is", backwards),
    ],
)
def test_another_order_is_found_out(
    family: str, before: str, after: str, spoilt: Callable[[Plan], Plan]
) -> None:
    change = Transition(variants(family)[before], variants(family)[after])
    assert list(faults(change, change.whole())) == []
    assert list(faults(change, spoilt(change.whole()))) != []


def test_what_does_not_say_that_it_relies_on_protection_is_found_out() -> None:
    def unsaid(one: Declared) -> Declared:
        return replace(one, resources=tuple(replace(resource, after=()) for resource in one.resources))

    before, after = variants("payments")["as it is"], variants("payments")["stored by a job"]
    change = Transition(unsaid(before), unsaid(after))
    assert list(faults(change, change.whole())) != []
