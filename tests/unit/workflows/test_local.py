"""`headgate local` where the stack's files are not as it left them."""

from __future__ import annotations

from pathlib import Path

from running import headgate


def test_files_that_cannot_be_had_are_named_and_why(tmp_path: Path) -> None:
    (tmp_path / "headgate.yml").write_text("name: shop\n")
    (tmp_path / ".headgate").write_text("")
    ran = headgate("local", "status", project=tmp_path)
    assert ran.code == 2 and ran.out == ""
    assert (
        ran.err
        == f"The stack's files cannot be had: {tmp_path}/.headgate/local/settings.json: Not a directory.\n"
    )


def test_settings_that_somebody_broke_end_no_command_with_a_fault_of_ours(tmp_path: Path) -> None:
    (tmp_path / "headgate.yml").write_text("name: shop\n")
    folder = tmp_path / ".headgate" / "local"
    folder.mkdir(parents=True)
    (folder / "settings.json").write_text("{")
    assert headgate("local", "status", project=tmp_path).code == 2
    assert headgate("local", "down", "--wipe", project=tmp_path).code == 0
    assert not folder.exists()


def test_parts_that_are_named_by_nothing_are_not_all_of_them(tmp_path: Path) -> None:
    (tmp_path / "headgate.yml").write_text("name: shop\n")
    ran = headgate("local", "up", "--only", " ,", project=tmp_path)
    assert ran.code == 2 and "--only names no part." in ran.err
    assert not (tmp_path / ".headgate").exists()


def test_of_a_long_log_the_last_whole_lines_are_shown(tmp_path: Path) -> None:
    (tmp_path / "headgate.yml").write_text("name: shop\n")
    log = tmp_path / ".headgate" / "local" / "logs" / "kafka.log"
    log.parent.mkdir(parents=True)
    log.write_text("".join(f"line {number} of the broker\n" for number in range(1000)))
    shown = headgate("local", "logs", "--only", "kafka", project=tmp_path).out.splitlines()
    assert shown[0] == "== kafka" and shown[-1] == "line 999 of the broker"
    assert 100 < len(shown) < 300 and all(line.startswith("line ") for line in shown[1:])
