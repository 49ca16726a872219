"""One thing compared three ways: a difference is seen, a default of the system is none."""

from __future__ import annotations

from back_half import TOPIC
from headgate.plan.diff import dearest, field_changes
from headgate.resources import Effect, ResourceKind


def test_a_default_of_the_system_that_nobody_asked_for_is_no_change() -> None:
    assert field_changes(TOPIC, {"size": 1}, {"size": 1}, {"size": 1, "config": {"cleanup": "delete"}}) == ()


def test_another_spelling_of_the_same_value_is_no_change() -> None:
    assert field_changes(TOPIC, {"config": ("a", {"b": (1,)})}, None, {"config": ["a", {"b": [1]}]}) == ()


def test_a_field_that_is_wanted_no_more_goes() -> None:
    (change,) = field_changes(TOPIC, {"size": 1}, {"size": 1, "config": "x"}, {"size": 1, "config": "x"})
    assert (change.field, change.now, change.then) == ("config", "x", None)


def test_a_field_that_is_wanted_no_more_and_that_somebody_else_has_set_since_stays() -> None:
    assert field_changes(TOPIC, {"size": 1}, {"size": 1, "config": "x"}, {"size": 1, "config": "y"}) == ()


def test_what_is_not_as_we_left_it_has_drifted_and_what_the_user_changed_has_not() -> None:
    changes = field_changes(
        TOPIC, {"size": 2, "config": "x"}, {"size": 1, "config": "x"}, {"size": 1, "config": "y"}
    )
    assert [(c.field, c.drift) for c in changes] == [("size", False), ("config", True)]


def test_an_effect_may_look_at_both_values() -> None:
    (grown,) = field_changes(TOPIC, {"size": 3}, None, {"size": 2})
    (shrunk,) = field_changes(TOPIC, {"size": 1}, None, {"size": 2})
    assert (grown.effect, shrunk.effect) == (Effect.UPDATE, Effect.REPLACE)


def test_the_dearest_field_decides_and_one_that_nobody_classified_is_forbidden() -> None:
    kind = ResourceKind(name="k", provider="p", rank=2, effects={"a": Effect.IGNORE, "b": Effect.RESTART})
    assert dearest(field_changes(kind, {"a": 1, "b": 1}, None, {"a": 2, "b": 2})) is Effect.RESTART
    assert dearest(field_changes(kind, {"c": 1}, None, {"c": 2})) is Effect.FORBIDDEN
    assert dearest(()) is Effect.IGNORE


def test_of_a_keyed_field_each_key_is_compared_alone() -> None:
    kind = ResourceKind(
        name="k", provider="p", rank=2, effects={"config": Effect.UPDATE}, keyed=frozenset({"config"})
    )
    wanted = {"config": {"retention.ms": "2", "cleanup.policy": "delete"}}
    applied = {"config": {"retention.ms": "1", "cleanup.policy": "delete", "max.message.bytes": "9"}}
    live = {"config": {**applied["config"], "set.by.somebody": "x"}}
    changes = field_changes(kind, wanted, applied, live)
    assert [(c.field, c.now, c.then) for c in changes] == [
        ("config.retention.ms", "1", "2"),
        ("config.max.message.bytes", "9", None),
    ]
    assert dearest(changes) is Effect.UPDATE
    assert kind.effect("other.key", 1, 2) is Effect.FORBIDDEN
