"""Forms of values: what a reader gets in the place of a value it may not have in clear."""

from __future__ import annotations

import copy
import datetime as dt
import pickle
import re
from decimal import Decimal
from typing import Any

import pytest

from headgate.schema import forms
from headgate.schema.forms import Key, NotDecrypted
from headgate.schema.types import parse_type

KEY = Key(b"a key of a test")
CARD = "4000123412341234"


@pytest.mark.parametrize(
    ("type_", "nothing"),
    [
        ("string", ""), ("varchar(3)", ""), ("char(2)", ""), ("bytes", b""), ("binary(4)", b""), ("boolean", False),
        ("tinyint", 0), ("bigint", 0), ("double", 0.0), ("decimal(10, 2)", Decimal("0.00")),
        ("date", dt.date(1970, 1, 1)), ("time", dt.time(0)), ("timestamp(3)", dt.datetime(1970, 1, 1)),
        ("timestamp_ltz(3)", dt.datetime(1970, 1, 1)), ("array<int>", []), ("map<string, int>", {}),
        ("row<a int, b string not null>", {"a": None, "b": ""}),
    ],
)  # fmt: skip
def test_redacted_is_null_where_null_is_a_value_else_nothing_of_its_type(type_: str, nothing: Any) -> None:
    assert forms.redact(parse_type(type_)) is None
    redacted = forms.redact(parse_type(f"{type_} not null"))
    assert (type(redacted), redacted) == (type(nothing), nothing)


def test_a_token_is_readable_names_its_key_and_holds_nothing_of_the_value() -> None:
    token = forms.tokenized(CARD, "card_number", KEY)
    assert re.fullmatch(rf"tok_{KEY.id}_[a-z2-7]{{32}}", token)
    assert not any(CARD[i : i + 4] in token for i in range(len(CARD) - 3))


def test_equal_values_have_equal_tokens_in_a_domain_and_others_in_another() -> None:
    token = forms.tokenized(CARD, "card_number", KEY)
    assert forms.tokenized(CARD, "card_number", Key(b"a key of a test")) == token
    assert forms.tokenized(CARD, "account", KEY) != token
    assert forms.tokenized(CARD, "card_number", Key(b"another key")) != token


def test_a_hash_never_equals_a_token_even_without_its_prefix() -> None:
    hashed, token = forms.hashed(CARD, "d", KEY), forms.tokenized(CARD, "d", KEY)
    assert hashed.rsplit("_", 1)[1] != token.rsplit("_", 1)[1]


def test_what_is_hashed_cannot_be_cut_in_two_ways() -> None:
    assert forms.hashed("bc", "a", KEY) != forms.hashed("c", "ab", KEY)


def test_tokens_are_those_that_were_given_before() -> None:
    # Streams outlive versions of this program: a token that changes joins with nothing any more.
    key = Key(b"fixed")
    assert forms.tokenized("4000", "card", key) == "tok_49b4c3_aw6kqghduap2375u7ffeklk5jnsexpew"


def test_bytes_have_forms_that_are_bytes() -> None:
    token = forms.tokenized(b"\x00\xff", "d", KEY)
    assert isinstance(token, bytes) and token.startswith(b"tok_")
    assert forms.tokenized("abc", "d", KEY).encode() == forms.tokenized(b"abc", "d", KEY)


@pytest.mark.parametrize(
    ("value", "first", "last", "shown"),
    [
        (CARD, 0, 4, "************1234"),
        (CARD, 4, 0, "4000************"),
        (CARD, 0, 0, "*" * 16),
        ("1234", 0, 4, "****"),
        ("12", 1, 4, "**"),
        ("", 0, 4, ""),
        (b"abcd", 1, 1, b"a**d"),
        ("日本語のカード", 1, 1, "日*****ド"),
    ],
)
def test_partial_keeps_ends_and_never_everything(value: Any, first: int, last: int, shown: Any) -> None:
    assert forms.partial(value, first, last) == shown


def test_null_stays_null_in_every_form() -> None:
    assert forms.hashed(None, "d", KEY) is None
    assert forms.tokenized(None, "d", KEY) is None
    assert forms.partial(None, 0, 4) is None
    assert forms.encrypted(None, KEY, "p") is None
    assert forms.decrypted(None, KEY) is None


def test_ciphertext_is_the_same_at_its_place_and_tells_no_equality() -> None:
    one = forms.encrypted(CARD, KEY, "payments.card.1")
    assert forms.encrypted(CARD, KEY, "payments.card.1") == one
    assert forms.encrypted(CARD, KEY, "payments.card.2") != one
    assert one.startswith(f"enc_{KEY.id}_") and CARD not in one


def test_only_its_key_decrypts() -> None:
    sealed = forms.encrypted(CARD, KEY, "p")
    assert forms.decrypted(sealed, KEY) == CARD
    for wrong in (
        sealed[:-2] + ("A" if sealed[-2] != "A" else "B") + sealed[-1],
        CARD,
        "",
        f"enc_{KEY.id}_",
        f"enc_{KEY.id}_%%",
    ):
        with pytest.raises(NotDecrypted):
            forms.decrypted(wrong, KEY)
    with pytest.raises(NotDecrypted):
        forms.decrypted(sealed, Key(b"another"))
    renamed = sealed.replace(KEY.id, Key(b"another").id)
    with pytest.raises(NotDecrypted):
        forms.decrypted(renamed, Key(b"another"))


def test_a_key_is_not_shown_and_not_written_down() -> None:
    key = Key(b"s3cr3t")
    for shown in (repr(key), str(key), f"{key}", repr([key]), repr({"k": key})):
        assert "s3cr3t" not in shown
        assert key._secret.hex() not in shown and str(key._secret) not in shown
    for write in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            write(key)


def test_an_empty_key_is_none() -> None:
    with pytest.raises(ValueError, match="not empty"):
        Key(b"")
