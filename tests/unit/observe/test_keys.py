"""Keys of an environment without a key service: made once, kept from others, never printed."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from headgate.observe.keys import KeysUnreadable, LocalKeys


def test_keys_are_made_at_first_use_and_stay(tmp_path: Path) -> None:
    keys = LocalKeys(tmp_path / "here" / "keys.json")
    assert not (tmp_path / "here").exists()
    first = keys.masking()
    assert LocalKeys(tmp_path / "here" / "keys.json").masking() == first


def test_only_the_owner_can_read_them_and_git_leaves_them_out(tmp_path: Path) -> None:
    keys = LocalKeys(tmp_path / "keys.json")
    keys.masking()
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / ".gitignore").read_text() == "*\n"
    (tmp_path / "keys.json").chmod(0o644)
    keys.masking()
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600
    assert sorted(p.name for p in tmp_path.iterdir()) == [".gitignore", "keys.json"]


def test_every_name_has_a_key_of_its_own(tmp_path: Path) -> None:
    keys = LocalKeys(tmp_path / "keys.json")
    names = ["kms://prod/payments", "kms://prod/other", "masking"]
    assert len({keys.named(name).id for name in names}) == 3
    assert LocalKeys(tmp_path / "keys.json").named(names[0]) == keys.named(names[0])
    assert LocalKeys(tmp_path / "keys.json", masking_name=names[0]).masking() == keys.named(names[0])


def test_a_masking_key_that_is_brought_is_the_one_used_and_needs_no_file(tmp_path: Path) -> None:
    keys = LocalKeys(tmp_path / "keys.json", given="brought")
    assert keys.masking() == LocalKeys(tmp_path / "other.json", given="brought").masking()
    assert not (tmp_path / "keys.json").exists()
    assert "brought" not in repr(keys)


def test_two_that_need_their_first_key_at_once_get_the_same(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(lambda _: LocalKeys(file).masking().id, range(32)))
    assert len(ids) == 1


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", '{"root": 1}', '{"root": "!!"}', '{"root": "c2hvcnQ="}']
)
def test_a_file_that_holds_no_keys_is_refused_rather_than_replaced(tmp_path: Path, text: str) -> None:
    file = tmp_path / "keys.json"
    file.write_text(text)
    with pytest.raises(KeysUnreadable, match=r"keys\.json"):
        LocalKeys(file).masking()
    assert file.read_text() == text


def test_what_is_written_is_the_root_alone(tmp_path: Path) -> None:
    keys = LocalKeys(tmp_path / "keys.json")
    keys.named("kms://prod/payments")
    assert set(json.loads((tmp_path / "keys.json").read_text())) == {"format", "root"}
