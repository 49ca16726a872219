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
