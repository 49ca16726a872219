"""Whatever a project declares: narrowing never widens, and no way through SQL shows more than its start."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checked import loaded
from headgate.addresses import Address, ColumnAddress, Kind
from headgate.graph.permissions import Permissions, build
from headgate.graph.permissions.form import STRICTNESS, Form

LEVELS = ("public", "internal", "confidential", "highly_sensitive")
ROLES = ("one", "two", "three")
PURPOSES = (None, "audit")
GROUPS = ("finance", "marketing")
COLUMNS = ("a", "b", "c")
METHODS = ("redact", "nullify", "hash", "tokenization", "partial")


@dataclass(frozen=True)
class Policy:
    """`kind` is allow, mask or encrypt. A mask with no `roles` names everyone whom no `allow` admits."""

    kind: str
    roles: tuple[str, ...] = ()
    purpose: str | None = None
    column: str = ""
    method: str = ""

    def text(self) -> str:
        roles = ", ".join(self.roles)
        purpose = f", purpose: {self.purpose}" if self.purpose else ""
        if self.kind == "allow":
            return f"allow: {{roles: [{roles}]{purpose}}}"
        if self.kind == "encrypt":
            return f"encrypt: {{column: {self.column}, key: 'kms://prod/k'}}"
        applied = f", applied_in: [{{roles: [{roles}]{purpose}}}]" if self.roles else ""
        return f"mask: {{column: {self.column}, method: {self.method}{applied}}}"

    def names(self, role: str) -> bool:
        return role in self.roles or (self.kind == "mask" and not self.roles)


@dataclass(frozen=True)
class Made:
    """A stream of a project: a source where `shape` is "", else a query over streams before it, by number."""

    name: str
    shape: str
    inputs: tuple[int, ...]
    group: str
    kind: str = "flink_stream"
    classes: tuple[tuple[str, str], ...] = ()
    policies: tuple[Policy, ...] = ()

    def sql(self, names: list[str]) -> str:
        first = f"{{{{ ref('{names[self.inputs[0]]}') }}}}"
        second = f"{{{{ ref('{names[self.inputs[-1]]}') }}}}"
        return {
            "pass": f"SELECT a, b, c FROM {first}",
            "swap": f"SELECT b AS a, c AS b, a AS c FROM {first}",
            "cast": f"SELECT CAST(a AS VARCHAR(99)) AS a, b, UPPER(c) AS c FROM {first}",
            "filter": f"SELECT a, b, 'x' AS c FROM {first} WHERE c = 'y'",
            "condition": f"SELECT CASE WHEN a = 'x' THEN b ELSE c END AS a, b, MD5(c) AS c FROM {first}",
            "aggregate": f"SELECT a, MAX(b) AS b, CAST(COUNT(c) AS STRING) AS c FROM {first} GROUP BY a",
            "union": f"SELECT a, b, c FROM {first} UNION ALL SELECT a, c, b FROM {second}",
            "join": f"SELECT x.a, y.b, CONCAT(x.c, y.c) AS c FROM {first} AS x JOIN {second} AS y ON x.a = y.a",
        }[self.shape]


@dataclass(frozen=True)
class Plan:
    """A project: its streams in order, and the clearance of each role."""

    streams: tuple[Made, ...]
    clearances: tuple[str, ...]
    default: str = "internal"
    environment: str = ""
    order: tuple[int, ...] = field(default=())

    def files(self) -> dict[str, str]:
        names = [s.name for s in self.streams]
        people = "groups:\n" + "".join(f"  - {{name: {g}, members: [team-{g}]}}\n" for g in GROUPS)
        people += "roles:\n" + "".join(
            f"  - {{name: {r}, clearance: {c}}}\n" for r, c in zip(ROLES, self.clearances, strict=True)
        )
        found = {
            "headgate.yml": f"name: example\nclassification: {{default: {self.default}}}\n",
            "people.yml": people,
        }
        if self.environment:
            found["environments/here.yml"] = "default: true\nengine: embedded\n" + self.environment
        order = self.order or tuple(range(len(self.streams)))
        for at, number in enumerate(order):
            one = self.streams[number]
            found[f"f{at}.yml"] = _text(one, names)
        return found


def _text(one: Made, names: list[str]) -> str:
    classes = dict(one.classes)
    lines = ["sources:" if not one.shape else "models:", f"  - name: {one.name}"]
    if one.group:
        lines += [f"    group: {one.group}", f"    owner: team-{one.group}"]
    if one.shape:
        lines += [f"    materialized: {one.kind}", f'    sql: "{one.sql(names)}"']
    else:
        lines += ["    columns:", *(f"      - {{name: {c}, data_type: string}}" for c in COLUMNS)]
    if classes or one.policies:
        lines.append("    security:")
    if classes:
        lines.append(f"      classification: {{{', '.join(f'{c}: {k}' for c, k in classes.items())}}}")
    if one.policies:
        lines += ["      policies:", *(f"        - {p.text()}" for p in one.policies)]
    return "\n".join(lines) + "\n"


purposes = st.sampled_from(PURPOSES)
some_roles = st.lists(st.sampled_from(ROLES), unique=True, max_size=3).map(tuple)
columns = st.sampled_from(COLUMNS)
policies = st.one_of(
    st.builds(Policy, st.just("allow"), some_roles, purposes),
    st.builds(Policy, st.just("mask"), some_roles, purposes, columns, st.sampled_from(METHODS)),
    st.builds(Policy, st.just("encrypt"), column=columns),
)
classes = st.dictionaries(columns, st.sampled_from(LEVELS), max_size=2).map(
    lambda d: tuple(sorted(d.items()))
)
groups = st.sampled_from(("", *GROUPS))


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A sound project: two sources and up to five models over them and over each other."""
    made = [
        Made(f"s{n}", "", (), draw(groups), classes=draw(classes), policies=draw(st.lists(policies, max_size=1).map(tuple)))
        for n in range(2)
    ]  # fmt: skip
    for n in range(draw(st.integers(1, 5))):
        inputs = st.integers(0, len(made) - 1)
        shape = draw(
            st.sampled_from(("pass", "swap", "cast", "filter", "condition", "aggregate", "union", "join"))
        )
        appends = shape in ("pass", "swap", "cast", "filter", "condition")
        kinds = ("flink_stream", "ephemeral", "virtual_topic") if appends else ("flink_stream", "ephemeral")
        made.append(
            Made(
                f"m{n}",
                shape,
                (draw(inputs), draw(inputs)) if shape in ("union", "join") else (draw(inputs),),
                draw(groups),
                draw(st.sampled_from(kinds)),
                draw(classes),
                draw(st.lists(policies, max_size=2).map(tuple)),
            )
        )
    clearances = tuple(draw(st.sampled_from(LEVELS)) for _ in ROLES)
    return Plan(tuple(made), clearances, draw(st.sampled_from(LEVELS)))


def known(plan: Plan) -> Permissions:
    graph, found = loaded(plan.files())
    assert graph is not None, found
    return build(graph)


Seen = dict[tuple[str, str | None, str, str], Form]


def seen(plan: Plan, role: str) -> Seen:
    """The form of every column of every stream for a role and each purpose."""
    permissions = known(plan)
    return {
        (role, purpose, address.name, name): column.form
        for purpose in PURPOSES
        for address in permissions.policies
        for name, column in permissions.view(role, purpose, address).columns.items()
    }


def looser(after: Seen, before: Seen) -> list[tuple[object, str, str]]:
    """Where a view has become looser."""
    return [
        (at, str(before[at]), str(form))
        for at, form in after.items()
        if form.looseness > before[at].looseness
    ]


def changed(plan: Plan, number: int, **fields: object) -> Plan:
    streams = list(plan.streams)
    streams[number] = replace(streams[number], **fields)  # type: ignore[arg-type]
    return replace(plan, streams=tuple(streams))


examples = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


@examples
@given(plans(), st.sampled_from(ROLES))
def test_a_lower_clearance_never_loosens_a_view(plan: Plan, role: str) -> None:
    at = ROLES.index(role)
    level = LEVELS.index(plan.clearances[at])
    before = seen(plan, role)
    for lower in LEVELS[:level]:
        clearances = (*plan.clearances[:at], lower, *plan.clearances[at + 1 :])
        assert looser(seen(replace(plan, clearances=clearances), role), before) == []


@examples
@given(plans(), st.sampled_from(ROLES))
def test_taking_a_role_out_of_an_allow_never_loosens_its_view(plan: Plan, role: str) -> None:
    before = seen(plan, role)
    for number, stream in enumerate(plan.streams):
        for index, policy in enumerate(stream.policies):
            if policy.kind == "allow" and role in policy.roles:
                less = replace(policy, roles=tuple(r for r in policy.roles if r != role))
                policies_ = (*stream.policies[:index], less, *stream.policies[index + 1 :])
                assert looser(seen(changed(plan, number, policies=policies_), role), before) == []


@examples
@given(plans(), st.sampled_from(ROLES), policies, st.data())
def test_a_policy_never_loosens_the_view_of_a_role_it_does_not_name(
    plan: Plan, role: str, policy: Policy, data: st.DataObject
) -> None:
    if policy.names(role):
        policy = Policy("allow", tuple(r for r in ROLES if r != role), policy.purpose)
    number = data.draw(st.integers(0, len(plan.streams) - 1))
    more = changed(plan, number, policies=(*plan.streams[number].policies, policy))
    assert looser(seen(more, role), seen(plan, role)) == []


@examples
@given(plans(), st.sampled_from(ROLES), columns, st.sampled_from(METHODS), st.data())
def test_a_mask_shows_no_more_than_its_form_or_than_was_shown(
    plan: Plan, role: str, column: str, method: str, data: st.DataObject
) -> None:
    number = data.draw(st.integers(0, len(plan.streams) - 1))
    mask = Policy("mask", (role,), None, column, method)
    more = changed(plan, number, policies=(*plan.streams[number].policies, mask))
    before, after = seen(plan, role), seen(more, role)
    limit = Form(method, keep_last=4).looseness
    for at, form in after.items():
        if before[at].method != "denied":
            assert form.looseness <= max(before[at].looseness, limit), at


@examples
@given(plans(), st.sampled_from(ROLES), columns, st.data())
def test_a_higher_class_never_loosens_a_view(plan: Plan, role: str, column: str, data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(plan.streams) - 1))
    higher = {**dict(plan.streams[number].classes), column: LEVELS[-1]}
    more = changed(plan, number, classes=tuple(sorted(higher.items())))
    assert looser(seen(more, role), seen(plan, role)) == []


@examples
@given(plans(), st.randoms(use_true_random=False), st.sampled_from(ROLES))
def test_files_in_any_order_give_the_same_forms(plan: Plan, random: object, role: str) -> None:
    order = list(range(len(plan.streams)))
    random.shuffle(order)  # type: ignore[attr-defined]
    assert seen(replace(plan, order=tuple(order)), role) == seen(plan, role)


@examples
@given(plans(), st.sampled_from(ROLES))
def test_failing_closed_never_changes_a_form(plan: Plan, role: str) -> None:
    closed = replace(plan, environment="fail_closed: true\n")
    opened = replace(plan, environment="fail_closed: false\n")
    assert seen(closed, role) == seen(opened, role) == seen(plan, role)


@examples
@given(plans(), st.sampled_from(ROLES), purposes)
def test_no_way_through_sql_is_looser_than_its_start(plan: Plan, role: str, purpose: str | None) -> None:
    """What does not name a role itself shows it no column more loosely than any column that flows into it."""
    permissions = known(plan)
    for made in plan.streams:
        if not made.shape or any(p.names(role) for p in made.policies):
            continue
        address = Address(Kind.MODEL, made.name)
        view = permissions.view(role, purpose, address)
        facts = permissions.graph.facts[address]
        if view.admitted:
            assert all(permissions.view(role, purpose, i).admitted for i in facts.inputs)
        for name, column in view.columns.items():
            for origin in facts.origins[name]:
                above = permissions.view(role, purpose, origin.column.stream).columns[origin.column.name]
                assert column.form.looseness <= above.form.looseness, (made.name, name, above, column)


@examples
@given(plans())
def test_who_is_named_nowhere_sees_what_every_class_on_the_way_lets_it_see(plan: Plan) -> None:
    """Worked out a second time, by walking up from every column."""
    role = ROLES[0]
    streams = tuple(
        replace(
            s,
            policies=tuple(
                replace(p, roles=ROLES[1:]) if p.kind != "encrypt" and p.names(role) else p
                for p in s.policies
            ),
        )
        for s in plan.streams
    )
    plan = replace(plan, streams=streams)
    permissions = known(plan)
    by_name = {s.name: s for s in plan.streams}
    clearance = LEVELS.index(plan.clearances[0])
    for address in permissions.policies:
        view = permissions.view(role, None, address)
        above = _all_above(permissions, address)
        listed = any(p.kind == "allow" for a in above for p in by_name[a.name].policies)
        assert view.admitted is not listed
        for name, column in view.columns.items():
            if listed:
                continue
            ways = _values_above(permissions, ColumnAddress(address, name))
            shut = any(_shuts(by_name[c.stream.name], c, permissions, plan, clearance) for c in ways)
            assert (column.form.method == "clear") is not shut, (address, name, ways)


def _all_above(permissions: Permissions, address: Address) -> set[Address]:
    found = {address}
    for other in permissions.graph.facts[address].inputs:
        found |= _all_above(permissions, other)
    return found


def _values_above(permissions: Permissions, column: ColumnAddress) -> set[ColumnAddress]:
    found = {column}
    for origin in permissions.graph.facts[column.stream].origins.get(column.name, ()):
        found |= _values_above(permissions, origin.column)
    return found


def _shuts(made: Made, column: ColumnAddress, permissions: Permissions, plan: Plan, clearance: int) -> bool:
    facts = permissions.graph.facts[column.stream]
    said = dict(made.classes).get(column.name)
    if not facts.origins.get(column.name):
        constant = made.shape == "filter" and column.name == "c"
        began = LEVELS[0] if constant else plan.default
        # A source says itself what begins there; of what a query makes of nothing, a count, the default stands.
        said = max(said or began, began, key=LEVELS.index) if made.shape else said or began
    encrypted = any(p.kind == "encrypt" and p.column == column.name for p in made.policies)
    return encrypted or (said is not None and LEVELS.index(said) > clearance)


def test_the_order_of_forms_is_that_of_the_specification() -> None:
    loosest = ["denied", "redacted", "hash", "tokenization", "partial", "clear"]
    assert [STRICTNESS[m] for m in loosest] == sorted(STRICTNESS[m] for m in loosest)
