"""The local stack without starting it: what is written, what is started with, and which processes are ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from headgate.local.artifacts import POM, cached_in, tool
from headgate.local.parts import PORTS, Layout, Settings, command, files, format_command, new_settings, urls
from headgate.local.processes import find, marked, stop
from headgate.local.refusal import Refused
from headgate.local.stack import down, free_ports, read

SETTINGS = Settings(
    ports={"kafka": 1001, "controller": 1002, "registry": 1003}, cluster="c", password="secret"
)
LAYOUT = Layout(Path("/p/.headgate/local"))


def test_settings_are_read_back_as_they_were_kept() -> None:
    assert Settings.from_json(SETTINGS.as_json()) == SETTINGS


def test_free_ports_are_different_from_each_other() -> None:
    assert len(set(free_ports(20))) == 20


def test_each_stack_has_a_password_and_a_cluster_of_its_own() -> None:
    one, other = new_settings([1, 2, 3]), new_settings([1, 2, 3])
    assert one.password != other.password
    assert one.cluster != other.cluster
    assert tuple(one.ports) == PORTS


def test_everything_listens_on_the_loopback_alone() -> None:
    server = files(SETTINGS, LAYOUT)[LAYOUT.conf / "server.properties"]
    assert "listeners=CLIENT://127.0.0.1:1001,CONTROLLER://127.0.0.1:1002\n" in server
    assert all("127.0.0.1" in url for url in urls(SETTINGS).values())


def test_nobody_but_the_administrator_may_do_what_no_rule_allows() -> None:
    server = files(SETTINGS, LAYOUT)[LAYOUT.conf / "server.properties"]
    assert "allow.everyone.if.no.acl.found=false\n" in server
    assert "super.users=User:admin\n" in server
    assert "PLAINTEXT," not in server.replace("SASL_PLAINTEXT", "")


def test_no_password_stands_on_a_command_line(tmp_path: Path) -> None:
    (tmp_path / "registry").mkdir()
    (tmp_path / "registry" / "apicurio-registry-app-2.6.13.Final-runner.jar").touch()
    lines = [command(part, "java", tmp_path, SETTINGS, LAYOUT) for part in ("kafka", "registry")]
    lines.append(format_command("java", tmp_path, SETTINGS, LAYOUT))
    assert not any("secret" in word for line in lines for word in line)


def test_a_mark_is_of_one_folder_and_one_part() -> None:
    marks = {Layout(Path(f)).mark(p) for f in ("/a", "/b") for p in ("kafka", "registry")}
    assert len(marks) == 4
    assert LAYOUT.mark("kafka") == Layout(Path("/p/.headgate/local")).mark("kafka")


@pytest.mark.parametrize(
    ("argv", "ours"),
    [
        (b"/usr/bin/java\0-Dx=1/kafka\0-Xmx1m\0", True),
        (b"java\0-Dx=1/kafka\0", True),
        (b"grep\0-Dx=1/kafka\0", False),
        (b"java\0-Dx=1/kafka2\0", False),
        (b"java\0", False),
        (b"", False),
    ],
)
def test_a_process_is_ours_by_its_whole_mark_on_a_java_command(argv: bytes, ours: bool) -> None:
    assert marked(argv, "-Dx=1/kafka") is ours


@pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")
def test_down_ends_our_process_without_any_record_and_leaves_another_projects(tmp_path: Path) -> None:
    ours, theirs = Layout(tmp_path / "a"), Layout(tmp_path / "b")
    processes = [
        subprocess.Popen(
            ["java", "-c", "import time; time.sleep(60)", layout.mark("kafka")], executable=sys.executable
        )
        for layout in (ours, theirs)
    ]
    try:
        for layout in (ours, theirs):
            while not find(layout.mark("kafka")):
                pass
        assert down(ours, wipe=False) == ("kafka",)
        assert find(ours.mark("kafka")) == ()
        assert find(theirs.mark("kafka")) == (processes[1].pid,)
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_stopping_what_does_not_run_ends_nothing() -> None:
    assert stop(LAYOUT.mark("kafka")) == 0


def test_down_of_a_project_that_never_was_up_leaves_no_folder(tmp_path: Path) -> None:
    assert down(Layout(tmp_path / "local"), wipe=True) == ()
    assert not (tmp_path / "local").exists()
    assert read(Layout(tmp_path / "local")) is None


def test_artifacts_are_kept_in_the_cache_folder_that_the_user_chose() -> None:
    assert cached_in({"XDG_CACHE_HOME": "/c", "HOME": "/h"}).parent == Path("/c/headgate/local")
    assert cached_in({"HOME": "/h"}).parent == Path("/h/.cache/headgate/local")


def test_a_machine_without_java_is_told_what_it_needs() -> None:
    with pytest.raises(Refused, match="needs `java`"):
        tool("java", {"PATH": "/nowhere"})


def test_every_version_is_pinned() -> None:
    assert "LATEST" not in POM.read_text()
    assert "<kafka.version>4.3.1<" in POM.read_text()
