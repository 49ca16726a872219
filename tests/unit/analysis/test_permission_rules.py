"""Rules of permissions on small projects: what the pages of their codes do not show."""

from __future__ import annotations

import textwrap

import pytest

from checked import checked, places
from headgate.diagnostics import Diagnostic, Severity
from permitted import CARDS, PEOPLE, model, models

ALL = "SELECT id, name, number, cents FROM {{ source('cards') }}"
CLOSED = "default: true\nengine: embedded\nfail_closed: true\n"
SAID = "name: example\nclassification: {default: internal}\n"


def found(models_: str, *, sources: str = CARDS, people: str = PEOPLE, **more: str) -> list[Diagnostic]:
    """What is found in a project; files in `more` by name, `__` for `/`."""
    files = {
        "sources.yml": textwrap.dedent(sources),
        "people.yml": textwrap.dedent(people),
        "models.yml": textwrap.dedent(models_),
        **{name.replace("__", "/") + ".yml": textwrap.dedent(text) for name, text in more.items()},
    }
    every = [d for d in checked(files) if d.code.id.startswith("HGS") or d.severity is Severity.ERROR]
    assert all(d.span.file in files for d in every)
    return every


def weighty(*args: str, **more: str) -> list[tuple[str, str]]:
    """Code and severity of what is more than information."""
    return [(d.code.id, d.severity.value) for d in found(*args, **more) if d.severity is not Severity.INFO]


def exposure(
    name: str = "desk", reads: str = 'ref("m")', access: str = "allowed_roles: [clerk]", more: str = ""
) -> str:
    text = f"  - name: {name}\n    type: dashboard\n    owner: team-finance\n"
    text += textwrap.indent(textwrap.dedent(more).strip() + "\n", "    ") if more else ""
    return text + f"    consumes: ['{reads}']\n    access: {{{access}}}\n"


def exposures(*each: str) -> str:
    return "exposures:\n" + "".join(each)


# One mistake, one finding.


@pytest.mark.parametrize(
    ("models_", "more", "expected"),
    [
        (models(model("m", ALL, "policies:\n  - allow: {roles: [clark]}")), {}, ["HGS001"]),
        (
            models(model("m", ALL, "policies:\n  - allow: {roles: [clark]}")),
            {"uses": exposures(exposure(access="allowed_roles: [clark]"))},
            ["HGS001", "HGS001"],
        ),
        (
            models(
                model("m", ALL, "policies:\n  - allow: {roles: [clerk]}"),
                model("n", "SELECT id FROM {{ ref('m') }}", "policies:\n  - allow: {roles: [clark]}"),
            ),
            {},
            ["HGS001"],
        ),
        (
            models(
                model("m", ALL, "policies:\n  - allow: {roles: [clerk]}"),
                model("n", "SELECT id FROM {{ ref('m') }}", "policies:\n  - allow: {roles: [chief, auditor]}"),
                model("o", "SELECT id FROM {{ ref('n') }}"),
            ),
            {},
            ["HGS007"],
        ),
        (
            models(
                model("m", ALL, "policies:\n  - allow: {roles: [clerk]}"),
                model("n", "SELECT id FROM {{ ref('m') }}", "policies:\n  - allow: {roles: [clerk, chief]}"),
            ),
            {},
            ["HGS008"],
        ),
        (
            models(model("m", ALL, more="access: private")),
            {"uses": exposures(exposure(more="group: marketing").replace("team-finance", "team-marketing"))},
            ["HGS002"],
        ),
        (
            models(model("m", ALL, "classification: {number: internal}"), model("n", "SELECT number FROM {{ ref('m') }}")),
            {},
            ["HGS009"],
        ),
        (
            models(
                model("m", ALL, "policies:\n  - encrypt: {column: name, key: 'kms://p/k'}"),
                model("n", "SELECT UPPER(name) AS u FROM {{ ref('m') }}"),
                model("o", "SELECT u, LOWER(u) AS l FROM {{ ref('n') }}"),
            ),
            {},
            ["HGS017"],
        ),
        (models(model("m", ALL, "policies:\n  - mask: {column: nmae, method: hash}")), {}, ["HGS034"]),
    ],
    ids=[
        "an unknown role in an allow", "an unknown role in a policy and a use", "an unknown role leaves nobody",
        "lists that leave nobody below as well", "one role too many", "a refused reference is not denied too",
        "a lowered class is not said again below", "ciphertext used once", "a mask of no column",
    ],
)  # fmt: skip
def test_one_mistake_is_one_finding(models_: str, more: dict[str, str], expected: list[str]) -> None:
    assert [code for code, _ in weighty(models_, **more)] == expected


def test_an_unknown_role_is_told_whom_it_may_be() -> None:
    every = found(models(model("m", ALL, "policies:\n  - allow: {roles: [chef]}")))
    (one,) = [d for d in every if d.code.id == "HGS001"]
    assert one.help == "did you mean `chief`?"


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("a sink", "models:\n  - name: out\n    materialized: sink\n    from: {source: cards}\n    sink: {type: file, role: nobody, config: {file: /tmp/x}}\n"),
        ("a job", models(model("m", ALL).replace("state_ttl: 1 day", "role: nobody"))),
        ("declassified readers", models(model("m", ALL, "declassify:\n  - {readers: [{roles: [nobody]}], reason: x}"))),
        ("a mask", models(model("m", ALL, "policies:\n  - mask: {column: name, method: hash, applied_in: [{roles: [nobody]}]}"))),
    ],
)  # fmt: skip
def test_a_role_is_looked_up_wherever_one_is_named(place: str, text: str) -> None:
    assert [d.code.id for d in found(text) if d.severity is Severity.ERROR] == ["HGS001"], place


@pytest.mark.parametrize("entry", ["reader: {role: nobody}", "principals: {nobody: ['User:x']}"])
def test_an_environment_names_roles_that_are_there(entry: str) -> None:
    text = f"default: true\nengine: embedded\n{entry}\n"
    assert weighty(models(model("m", ALL)), environments__here=text) == [("HGS001", "error")]


# References.


def test_a_group_reads_its_own_private_streams_by_models_sinks_exposures_and_tests() -> None:
    text = models(
        model("m", ALL, more="access: private"),
        model("n", "SELECT id FROM {{ ref('m') }}"),
    )
    tests = """
    tests:
      - name: known
        model: n
        type: sample
        assertions: [{foreign_key: {column: id, ref_model: m, ref_key: id, window: 1 hour}}]
    """
    assert weighty(text, uses=exposures(exposure(access="allowed_roles: [chief]")), tests=tests) == []


def test_a_test_stands_in_the_group_of_the_stream_it_tests() -> None:
    text = models(
        model("m", ALL, more="access: private"),
        model("n", "SELECT id FROM {{ source('cards') }}", group="marketing"),
    )
    tests = """
    tests:
      - name: known
        model: n
        type: sample
        assertions: [{foreign_key: {column: id, ref_model: m, ref_key: id, window: 1 hour}}]
    """
    assert weighty(text, tests=tests) == [("HGS002", "error")]


def test_a_protected_stream_is_for_the_whole_project() -> None:
    text = models(model("m", ALL), model("n", "SELECT id FROM {{ ref('m') }}", group="marketing"))
    assert weighty(text) == []


def test_who_reaches_a_private_stream_by_its_group_has_an_owner() -> None:
    text = models(model("m", ALL, more="access: private"), model("n", "SELECT id FROM {{ ref('m') }}"))
    head, tail = text.split("  - name: n")
    unowned = head + "  - name: n" + tail.replace("    owner: team-finance\n", "")
    assert weighty(unowned) == [("HGS003", "error")]
    elsewhere = models(model("n", ALL)).replace("    owner: team-finance\n", "")
    assert weighty(elsewhere) == []


# Uses.


DENIED = models(model("m", ALL, "policies:\n  - allow: {roles: [chief]}"))


def test_a_denied_use_weighs_what_the_environment_says() -> None:
    uses = exposures(exposure())
    assert weighty(DENIED, uses=uses) == [("HGS005", "warning")]
    assert weighty(DENIED, uses=uses, environments__here=CLOSED, headgate=SAID) == [("HGS005", "error")]


def test_each_role_of_an_exposure_is_looked_at_by_itself() -> None:
    uses = exposures(exposure(access="allowed_roles: [chief, clerk, auditor]"))
    messages = [d.message for d in found(DENIED, uses=uses) if d.code.id == "HGS005"]
    assert messages == [
        "`desk` reads `m` as clerk, which is denied it",
        "`desk` reads `m` as auditor, which is denied it",
    ]


@pytest.mark.parametrize(
    ("needs", "expected"),
    [
        ("", []),
        (", needs: {number: redacted}", []),
        (", needs: {number: hash}", [("HGS005", "warning")]),
        (", needs: {number: clear, cents: clear}", [("HGS005", "warning"), ("HGS005", "warning")]),
        (", needs: {number: clera}", [("HGS034", "error")]),
        (", needs: {nmber: clear}", [("HGS034", "error")]),
    ],
)
def test_what_a_use_needs_is_the_strictest_form_it_can_live_with(
    needs: str, expected: list[tuple[str, str]]
) -> None:
    uses = exposures(exposure(access=f"allowed_roles: [clerk]{needs}"))
    assert weighty(models(model("m", ALL)), uses=uses) == expected


def test_forms_are_information_where_nothing_is_said_to_be_needed() -> None:
    every = found(models(model("m", ALL)), uses=exposures(exposure()))
    told = [d for d in every if d.code.id == "HGS006"]
    assert [d.message for d in told] == [
        "`desk` gets columns of `m` that are not clear: `number` (redacted), `cents` (redacted)"
    ]
    assert [n.message for n in told[0].notes] == [
        "highly_sensitive is above its clearance (internal)",
        "confidential is above its clearance (internal)",
    ]


def test_a_sink_reads_as_its_role_and_keeps_its_keys() -> None:
    sink = """  - name: out
    materialized: sink
    group: finance
    owner: team-finance
    from: {source: cards}
    sink: {type: jdbc, role: clerk, needs: {NEED: clear}, config: {key_columns: [KEY]}}
"""
    for need, key, expected in (("id", "id", []), ("number", "id", ["HGS005"]), ("id", "number", ["HGS005"])):
        text = "models:\n" + sink.replace("NEED", need).replace("KEY", key)
        assert [code for code, _ in weighty(text)] == expected
    help_ = next(
        d.help for d in found("models:\n" + sink.replace("NEED", "id").replace("KEY", "number")) if d.help
    )
    assert "surrogate key" in help_


# Looser than inherited.


@pytest.mark.parametrize(
    ("above", "method", "expected"),
    [
        ("mask: {column: number, method: hash, applied_in: [{roles: [clerk]}]}", "partial", ["HGS008"]),
        ("mask: {column: number, method: hash, applied_in: [{roles: [clerk]}]}", "tokenization", ["HGS008"]),
        ("mask: {column: number, method: hash, applied_in: [{roles: [clerk]}]}", "hash", []),
        ("mask: {column: number, method: hash, applied_in: [{roles: [clerk]}]}", "redact", []),
        ("mask: {column: number, method: redact}", "hash", ["HGS008"]),
        ("encrypt: {column: number, key: 'kms://p/k'}", "hash", ["HGS008"]),
        ("mask: {column: number, method: hash, applied_in: [{roles: [auditor]}]}", "partial", []),
    ],
)
def test_a_mask_shows_no_more_than_is_inherited(above: str, method: str, expected: list[str]) -> None:
    below = f"policies:\n  - mask: {{column: number, method: {method}, applied_in: [{{roles: [clerk]}}]}}"
    text = models(
        model("m", ALL, f"policies:\n  - {above}"), model("n", "SELECT number FROM {{ ref('m') }}", below)
    )
    assert [code for code, _ in weighty(text)] == expected


def test_a_mask_grants_no_more_than_another_groups_class_lets_through() -> None:
    below = "policies:\n  - mask: {column: number, method: partial, applied_in: [{roles: [clerk]}]}"
    assert weighty(models(model("m", ALL, below))) == []
    assert weighty(models(model("m", ALL, below, group="marketing"))) == [("HGS008", "error")]


def test_a_purpose_makes_two_lists_meet_or_not() -> None:
    def below(purpose: str) -> str:
        return models(
            model(
                "m",
                ALL,
                "policies:\n  - allow: {roles: [clerk], purpose: audit}\n  - allow: {roles: [chief]}",
            ),
            model(
                "n",
                "SELECT id FROM {{ ref('m') }}",
                f"policies:\n  - allow: {{roles: [clerk, chief]{purpose}}}",
            ),
        )

    assert weighty(below("")) == []
    assert weighty(below(", purpose: audit")) == []
    assert weighty(below(", purpose: billing")) == [("HGS008", "error")]


def test_both_lists_that_leave_nobody_are_shown() -> None:
    text = models(
        model("a", ALL, "policies:\n  - allow: {roles: [clerk]}"),
        model("b", ALL, "policies:\n  - allow: {roles: [chief]}"),
        model("j", "SELECT x.id FROM {{ ref('a') }} AS x JOIN {{ ref('b') }} AS y ON x.id = y.id"),
    )
    (one,) = [d for d in found(text) if d.code.id == "HGS007"]
    assert one.node == "model.j"
    assert [n.message for n in one.notes] == ["`a` admits `clerk`", "`b` admits `chief`"]


# Principals and purposes.


def principals(**of: str) -> str:
    text = PEOPLE
    for role, listed in of.items():
        text = text.replace(f"{{name: {role}", f"{{name: {role}, principals: [{listed}]")
    return text


def test_a_principal_of_two_roles_is_said_with_both_places_and_where_the_environment_lists_it() -> None:
    people = principals(clerk='"User:a"', chief='"User:b"')
    assert weighty(models(model("m", ALL)), people=people) == []
    text = "default: true\nengine: embedded\nprincipals: {chief: ['User:a']}\n"
    (one,) = [
        d
        for d in found(models(model("m", ALL)), people=people, environments__here=text)
        if d.code.id == "HGS018"
    ]
    assert one.span.file == "environments/here.yml"
    assert [n.span.file for n in one.notes if n.span] == ["people.yml"]


def test_uses_of_one_principal_for_two_purposes_weigh_what_the_environment_says() -> None:
    people = principals(clerk='"User:a"')
    uses = exposures(
        exposure("one", access="allowed_roles: [clerk], purpose: audit, needs: {id: clear}"),
        exposure("two", access="allowed_roles: [clerk], purpose: billing, needs: {id: clear}"),
    )
    text = models(model("m", ALL))
    assert weighty(text, people=people, uses=uses) == [("HGS020", "warning")]
    assert weighty(text, people=people, uses=uses, environments__here=CLOSED, headgate=SAID) == [
        ("HGS020", "error")
    ]


def test_a_purpose_that_looks_like_one_that_policies_grant_is_a_warning_where_none_are_listed() -> None:
    text = models(model("m", ALL, "policies:\n  - allow: {roles: [clerk, chief], purpose: fraud_detection}"))
    uses = exposures(exposure(access="allowed_roles: [clerk], purpose: fraud_detecton"))
    every = found(text, uses=uses)
    close = [d for d in every if d.code.id == "HGS021"]
    assert [(d.severity.value, d.span.file) for d in close] == [("warning", "uses.yml")]
    other = exposures(exposure(access="allowed_roles: [clerk], purpose: billing"))
    assert [d for d in found(text, uses=other) if d.code.id == "HGS021"] == []


# What fails closed.


def test_unclassified_columns_are_errors_only_where_the_environment_fails_closed_and_no_default_is_said() -> (
    None
):
    text = models(model("m", ALL, "classification: {name: confidential}"))
    assert weighty(text) == []
    assert weighty(text, environments__here=CLOSED, headgate=SAID) == []
    (one,) = [d for d in found(text, environments__here=CLOSED) if d.code.id == "HGS022"]
    assert one.message == "nobody classified `name` of `cards`"
    assert one.node == "source.cards"


def test_open_in_its_source_is_an_error_where_somebody_reads_it_there() -> None:
    text = models(model("m", ALL, "classification: {name: confidential}"))
    reading = exposures(
        exposure(reads='source("cards")', access="allowed_roles: [clerk], needs: {id: clear}")
    )
    cleared = reading.replace("clerk", "auditor")
    closed = {"environments__here": CLOSED, "headgate": SAID}
    assert weighty(text, uses=reading) == []
    assert weighty(text, uses=reading, **closed) == [("HGS031", "error")]
    assert weighty(text, uses=cleared, **closed) == []
    told = [d.message for d in found(text) if d.code.id == "HGS031"]
    assert told == ["`name` is confidential in `m`, and internal in `cards`"]


def test_a_mask_below_what_is_open_is_said_and_one_below_what_is_shut_is_not() -> None:
    mask = "policies:\n  - mask: {{column: {}, method: hash, applied_in: [{{roles: [clerk]}}]}}"
    open_ = found(models(model("m", ALL, mask.format("name"))))
    assert [d.message for d in open_ if d.code.id == "HGS031"] == [
        "`name` is hash for clerk in `m`, and clear to it in `cards`"
    ]
    shut = found(models(model("m", ALL, mask.format("number"))))
    assert [d for d in shut if d.code.id == "HGS031"] == []


@pytest.mark.parametrize(
    ("identity", "bypass", "expected"),
    [
        ("flink: {principal: 'User:a'}", "", [("HGS023", "warning")]),
        ("clerk: {principal: 'User:a'}", "", []),
        ("flink: {principal: 'User:b'}", "", []),
        (
            "flink: {principal: 'User:a'}",
            "bypass:\n  - {principal: 'User:a', reason: old, until: 2027-01-31}",
            [],
        ),
    ],
)
def test_a_role_that_holds_a_service_principal_is_a_bypass_unless_it_is_accepted(
    identity: str, bypass: str, expected: list[tuple[str, str]]
) -> None:
    environment = f"""
    default: true
    engine: embedded
    clusters:
      main:
        kafka: {{bootstrap_servers: "localhost:9092"}}
        identities: {{{identity}}}
    """
    text = models(model("m", ALL, bypass))
    found_ = weighty(text, people=principals(clerk="'User:a'"), environments__here=environment)
    assert found_ == expected


# Declassify.


def test_a_test_may_say_that_a_key_is_unique() -> None:
    text = models(
        model("m", ALL),
        model(
            "t",
            "SELECT id, SUM(cents) AS total FROM {{ ref('m') }} GROUP BY id",
            'declassify:\n  - {column: total, to: internal, reason: "totals"}',
            more="key: id",
        ),
    )
    tests = "tests:\n  - {name: once, model: m, type: sample, assertions: [{unique_key: {key: id}}]}\n"
    assert weighty(text) == []
    assert weighty(text, tests=tests) == [("HGS012", "warning")]


@pytest.mark.parametrize("until", ["2027-13-01", "soon", "31.12.2026"])
def test_an_until_is_a_date(until: str) -> None:
    text = models(
        model("m", ALL, f'declassify:\n  - {{column: cents, to: internal, reason: x, until: "{until}"}}')
    )
    assert [code for code, _ in weighty(text)] == ["HGP054"]


def test_an_until_that_nothing_here_watches_is_said_once() -> None:
    text = models(
        model("m", ALL, "declassify:\n  - {column: cents, to: internal, reason: x, until: 2027-01-31}"),
        model("n", ALL, "declassify:\n  - {column: cents, to: internal, reason: x, until: 2027-01-31}"),
    )
    files = {"sources.yml": CARDS, "people.yml": PEOPLE, "models.yml": text}
    told = [d for d in checked(files) if d.code.id == "HGC901"]
    assert [d.message for d in told] == [
        "an `until` is not watched here: what it ends stays in force (2 declared)"
    ]
    assert places(files, told, least=Severity.INFO)[0].startswith("HGC901 models.yml:")
