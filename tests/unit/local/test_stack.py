"""The local stack without starting it: what is written, what is started with, and which processes are ours."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from headgate.local import ports
from headgate.local.artifacts import REACTOR
from headgate.local.kafka import format_command
from headgate.local.part import Start
from headgate.local.parts import ALL, PARTS, PORTS, files, new_settings, urls, with_what_they_need
from headgate.local.ports import free_ports
from headgate.local.processes import find, marked, stop
from headgate.local.refusal import Refused
from headgate.local.settings import Layout, Settings, read
from headgate.local.stack import down, settled
from headgate.local.turns import turn

SETTINGS = Settings(
    ports={name: 1001 + number for number, name in enumerate(PORTS)}, cluster="c", password="secret"
)
LAYOUT = Layout(Path("/p/.headgate/local"))
START = Start(java="java", artifacts=Path("/a"), settings=SETTINGS, layout=LAYOUT)


def test_settings_are_read_back_as_they_were_kept() -> None:
    assert Settings.from_json(SETTINGS.as_json()) == SETTINGS


@pytest.mark.parametrize("text", ["{", "[]", '{"ports": {}}'])
def test_settings_that_somebody_broke_are_refused_by_their_file(tmp_path: Path, text: str) -> None:
    layout = Layout(tmp_path)
    layout.settings.write_text(text)
    with pytest.raises(Refused, match=rf"{layout.settings} is not as .* wrote it.*--wipe"):
        read(layout)


def test_free_ports_are_different_from_each_other() -> None:
    assert len(set(free_ports(20))) == 20


def test_free_ports_are_none_that_an_outgoing_connection_may_take() -> None:
    given = Path("/proc/sys/net/ipv4/ip_local_port_range")
    if not given.exists():
        pytest.skip("not on Linux")
    assert max(free_ports(20)) < int(given.read_text().split()[0])


def test_a_port_that_somebody_listens_at_is_not_free(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        monkeypatch.setattr(ports, "FIRST", port)
        monkeypatch.setattr(ports, "_first_given_away", lambda: port + 2)
        assert port not in free_ports(1)


def test_each_stack_has_a_password_and_a_cluster_of_its_own() -> None:
    one, other = new_settings(range(len(PORTS))), new_settings(range(len(PORTS)))
    assert one.password != other.password
    assert one.cluster != other.cluster
    assert tuple(one.ports) == PORTS


def test_everything_listens_on_the_loopback_alone() -> None:
    server = files(START)[LAYOUT.conf / "server.properties"]
    assert "listeners=CLIENT://127.0.0.1:1001,CONTROLLER://127.0.0.1:1002\n" in server
    assert all("127.0.0.1" in url for url in urls(SETTINGS).values() if url)
    for text in files(START).values():
        assert not re.search(r"0\.0\.0\.0|localhost", text)


def test_nobody_but_the_administrator_may_do_what_no_rule_allows() -> None:
    server = files(START)[LAYOUT.conf / "server.properties"]
    assert "allow.everyone.if.no.acl.found=false\n" in server
    assert "super.users=User:admin\n" in server
    assert "PLAINTEXT," not in server.replace("SASL_PLAINTEXT", "")


def test_no_password_stands_on_a_command_line(tmp_path: Path) -> None:
    (tmp_path / "registry").mkdir()
    (tmp_path / "registry" / "apicurio-registry-app-2.6.13.Final-runner.jar").touch()
    start = Start(java="java", artifacts=tmp_path, settings=SETTINGS, layout=LAYOUT)
    lines = [part.command(start) for part in ALL.values()]
    lines.append(format_command(start))
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
        (b"/b/postgres\0-c\0x=1/kafka\0", True),
        (b"/b/python3.11\0-m\0m\0x=1/kafka\0", True),
        (b"grep\0-Dx=1/kafka\0", False),
        (b"java\0-Dx=1/kafka2\0", False),
        (b"java\0", False),
        (b"", False),
    ],
)
def test_a_process_is_ours_by_its_whole_mark_on_a_program_that_we_start(argv: bytes, ours: bool) -> None:
    assert marked(argv, "x=1/kafka") is ours


@pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")
def test_down_ends_our_process_without_any_record_and_leaves_another_projects(tmp_path: Path) -> None:
    ours, theirs = Layout(tmp_path / "a"), Layout(tmp_path / "b")
    processes = [
        subprocess.Popen(
            ["java", "-c", "import time; time.sleep(60)", f"-D{layout.mark('kafka')}"],
            executable=sys.executable,
        )
        for layout in (ours, theirs)
    ]
    try:
        for layout in (ours, theirs):
            while not find(layout.mark("kafka")):
                pass
        assert down(ours, lambda *said: None, wipe=False) == ("kafka",)
        assert find(ours.mark("kafka")) == ()
        assert find(theirs.mark("kafka")) == (processes[1].pid,)
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_stopping_what_does_not_run_ends_nothing() -> None:
    assert stop(LAYOUT.mark("kafka")) == 0


def test_down_of_a_project_that_never_was_up_leaves_no_folder(tmp_path: Path) -> None:
    assert down(Layout(tmp_path / "local"), lambda *said: None, wipe=True) == ()
    assert not (tmp_path / "local").exists()
    assert read(Layout(tmp_path / "local")) is None


def test_a_command_says_that_it_waits_for_another_and_goes_on_when_that_is_done(tmp_path: Path) -> None:
    said: list[str] = []
    first, layout = ExitStack(), Layout(tmp_path)
    first.enter_context(turn(layout.folder / "lock", lambda: said.append("first")))

    def told(text: str, done: int, of: int) -> None:
        said.append(text)
        first.close()

    assert down(layout, told, wipe=False) == ()
    assert said == ["waiting for another `headgate local` of this project"]


def test_every_version_is_pinned() -> None:
    said = "".join(path.read_text() for path in REACTOR.rglob("pom.xml"))
    assert "LATEST" not in said and "[" not in re.sub(r"<!--.*?-->", "", said)
    assert "<kafka.version>4.3.1<" in said


def test_a_part_brings_those_that_it_needs() -> None:
    assert with_what_they_need(["taskmanager"]) == ("jobmanager", "taskmanager")
    assert with_what_they_need(["connect", "registry"]) == ("kafka", "registry", "connect")
    assert with_what_they_need(PARTS) == PARTS


def test_a_part_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(Refused, match=r"no part `zookeeper`.*kafka, "):
        with_what_they_need(["zookeeper"])


def test_a_stack_of_an_older_release_keeps_its_ports_and_gets_those_of_new_parts(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "local")
    layout.folder.mkdir()
    old = Settings(ports={"kafka": 1001, "controller": 1002}, cluster="c", password="secret")
    layout.settings.write_text(old.as_json())
    found = settled(layout)
    assert found == read(layout)
    assert found.ports.keys() == set(PORTS)
    assert (found.ports["kafka"], found.cluster, found.password) == (1001, "c", "secret")


def test_passwords_follow_from_the_stacks_own_and_are_not_printed() -> None:
    one, other = SETTINGS.password_of("a"), SETTINGS.password_of("b")
    assert one == SETTINGS.password_of("a") != other
    assert "secret" not in one + repr(SETTINGS)


def test_a_cluster_id_that_begins_with_a_dash_is_not_taken_for_an_option() -> None:
    start = replace(START, settings=replace(SETTINGS, cluster="-dash"))
    assert [word for word in format_command(start) if "dash" in word] == ["--cluster-id=-dash"]
