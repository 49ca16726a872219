"""What ACLs come to: denials first, names, prefixes and the wildcard, and what an operation brings with it."""

from __future__ import annotations

import pytest

from headgate.observe.rights import Rights
from imported import MAIN, acl


@pytest.mark.parametrize(
    ("acls", "may"),
    [
        ([acl("a", "READ", "orders.v1")], True),
        ([acl("a", "ALL", "orders.v1")], True),
        ([acl("a", "READ", "orders.", pattern="prefixed")], True),
        ([acl("a", "READ", "", pattern="prefixed")], True),
        ([acl("a", "READ", "*")], True),
        ([acl("*", "READ", "orders.v1")], True),
        ([acl("a", "WRITE", "orders.v1")], False),
        ([acl("b", "READ", "orders.v1")], False),
        ([acl("a", "READ", "orders.v1", "group")], False),
        ([acl("a", "READ", "orders.v1.x", pattern="prefixed")], False),
        ([acl("a", "READ", "*"), acl("a", "READ", "orders.", pattern="prefixed", deny=True)], False),
        ([acl("a", "READ", "*"), acl("a", "ALL", "orders.v1", deny=True)], False),
        ([acl("a", "READ", "*"), acl("*", "READ", "*", deny=True)], False),
        ([acl("a", "READ", "*"), acl("a", "DESCRIBE", "orders.v1", deny=True)], True),
        ([acl("a", "READ", "*"), acl("b", "READ", "*", deny=True)], True),
    ],
)
def test_whether_a_principal_may_read_a_topic(acls: list, may: bool) -> None:  # type: ignore[type-arg]
    rights = Rights.of(acls)
    assert rights.may(MAIN, "User:a", "READ", "topic", "orders.v1") is may
    assert rights.may("other", "User:a", "READ", "topic", "orders.v1") is False


@pytest.mark.parametrize("operation", ["READ", "WRITE", "DELETE", "ALTER", "ALL", "DESCRIBE"])
def test_what_lets_one_do_something_to_a_topic_lets_one_describe_it(operation: str) -> None:
    rights = Rights.of([acl("a", operation, "t")])
    assert rights.may(MAIN, "User:a", "DESCRIBE", "topic", "t")
    assert not rights.may(MAIN, "User:a", "CREATE", "topic", "t") or operation == "ALL"


def test_a_denial_from_one_host_leaves_the_others() -> None:
    denied = acl("a", "READ", "t", deny=True)
    only = type(denied)(**{f: getattr(denied, f) for f in denied.__slots__} | {"host": "10.0.0.1"})
    assert Rights.of([acl("a", "READ", "t"), only]).may(MAIN, "User:a", "READ", "topic", "t")


def test_all_that_begin_so_are_allowed_by_a_shorter_prefix_and_not_by_a_name() -> None:
    rights = Rights.of(
        [acl("a", "READ", "app-", "group", pattern="prefixed"), acl("b", "READ", "app-x", "group")]
    )
    assert rights.may(MAIN, "User:a", "READ", "group", "app-x", "prefixed")
    assert not rights.may(MAIN, "User:b", "READ", "group", "app-x", "prefixed")
    assert rights.may(MAIN, "User:b", "READ", "group", "app-x")


def test_who_may_are_those_whom_bindings_name() -> None:
    rights = Rights.of(
        [
            acl("a", "READ", "t"),
            acl("b", "READ", "*"),
            acl("c", "READ", "t", deny=True),
            acl("*", "READ", "t"),
        ]
    )
    assert rights.who_may(MAIN, "READ", "topic", "t") == ("User:*", "User:a", "User:b")
    assert rights.who_may(MAIN, "READ", "topic", "other") == ("User:b",)
