"""What holds of forms whatever the value: equal where they should be, never where they should not, never the value itself."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from headgate.schema import forms
from headgate.schema.forms import Key

values = st.one_of(st.text(), st.binary())
words = st.text(max_size=20)
keys = st.binary(min_size=1, max_size=40).map(Key)


@given(values, words, keys)
def test_marks_are_determined_by_value_domain_and_key(value: str | bytes, domain: str, key: Key) -> None:
    assert forms.tokenized(value, domain, key) == forms.tokenized(value, domain, key)
    assert type(forms.tokenized(value, domain, key)) is type(value)


@given(st.text(), st.text(), words, words, keys)
def test_marks_of_two_values_or_two_domains_differ(
    one: str, other: str, domain: str, another: str, key: Key
) -> None:
    assume((one, domain) != (other, another))
    for mark in (forms.hashed, forms.tokenized):
        assert mark(one, domain, key) != mark(other, another, key)


@given(st.text(), st.text(), words, words, keys)
def test_no_hash_is_a_token(one: str, other: str, domain: str, another: str, key: Key) -> None:
    hashed, token = forms.hashed(one, domain, key), forms.tokenized(other, another, key)
    assert hashed.rsplit("_", 1)[1] != token.rsplit("_", 1)[1]


@given(values, st.integers(0, 30), st.integers(0, 30))
def test_partial_keeps_no_more_than_it_is_told_and_hides_something(
    value: str | bytes, first: int, last: int
) -> None:
    shown = forms.partial(value, first, last)
    star = "*" if isinstance(value, str) else b"*"
    assert len(shown) == len(value)
    if value:
        assert star in shown
    kept = sum(1 for a, b in zip(shown, value, strict=True) if a == b and a not in ("*", ord("*")))
    assert kept <= first + last


@given(values, st.integers(0, 8), st.integers(0, 8))
def test_a_partial_that_keeps_less_can_be_made_of_one_that_keeps_more(
    value: str | bytes, first: int, last: int
) -> None:
    looser = forms.partial(value, first + 1, last + 1)
    assume(len(value) > first + last + 2)
    assert forms.partial(looser, first, last) == forms.partial(value, first, last)


@given(values, keys, words)
def test_what_is_encrypted_is_decrypted_by_its_key(value: str | bytes, key: Key, place: str) -> None:
    sealed = forms.encrypted(value, key, place)
    assert forms.decrypted(sealed, key) == value
    assert type(sealed) is type(value)


@given(values, keys, st.lists(words, min_size=2, max_size=5, unique=True))
def test_equal_values_at_two_places_have_different_ciphertext(
    value: str | bytes, key: Key, places: list[str]
) -> None:
    assert len({forms.encrypted(value, key, place) for place in places}) == len(places)
