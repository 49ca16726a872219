"""Which Maven fetches the artifacts: the machine's own, else one that is fetched as the Maven Wrapper fetches it."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import ssl
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from xml.etree import ElementTree

import httpx

from headgate.local.lock import MAVEN, Locked, digest
from headgate.local.refusal import Refused

REPOSITORY = "HEADGATE_MAVEN_REPOSITORY"
_REPOSITORY_OPTION = re.compile(r"-Dmaven\.repo\.local=(\S+)")
_MIRRORS_OF_CENTRAL = re.compile(r"(^|,)\s*(\*|central|external:\*)\s*(,|$)")


def find_maven(
    environ: Mapping[str, str], cache: Path, lock: tuple[Locked, ...], waiting: Callable[[], None]
) -> str:
    """The `mvn` of the PATH; where there is none, one fetched into the cache and checked against the list."""
    found = shutil.which("mvn", path=environ.get("PATH"))
    if found is not None:
        return found
    (one,) = (one for one in lock if one.path.startswith(f"{MAVEN}/"))
    folder = cache / one.path.partition("/")[2].removesuffix("-bin.tar.gz")
    if not folder.is_dir():
        repository = environ.get(REPOSITORY) or _mirror()
        if not repository:
            raise Refused(
                "The local stack is fetched by Maven, and there is none on the PATH. Install it (`apt install maven`, "
                f"`brew install maven`), or set {REPOSITORY} to the address of a Maven repository, and it is fetched "
                "from there."
            )
        _fetch(f"{repository.rstrip('/')}/{one.in_repository}", one, folder, waiting)
    return str(folder / "bin" / "mvn")


def local_repository(environ: Mapping[str, str]) -> Path:
    """Where Maven keeps what it fetched."""
    said = _REPOSITORY_OPTION.search(environ.get("MAVEN_OPTS", ""))
    if said:
        return Path(said[1])
    settings = _settings()
    chosen = "" if settings is None else (settings.findtext("{*}localRepository") or "").strip()
    return Path(chosen.replace("${user.home}", str(_home()))) if chosen else _home() / ".m2" / "repository"


def _mirror() -> str | None:
    """The address that the user's settings put in the place of the central repository."""
    settings = _settings()
    for mirror in settings.iterfind(".//{*}mirror") if settings is not None else ():
        if _MIRRORS_OF_CENTRAL.search(mirror.findtext("{*}mirrorOf") or ""):
            return (mirror.findtext("{*}url") or "").strip() or None
    return None


def _settings() -> ElementTree.Element | None:
    try:
        return ElementTree.parse(_home() / ".m2" / "settings.xml").getroot()  # noqa: S314 - the user's own file
    except (OSError, ElementTree.ParseError):
        return None


def _home() -> Path:
    """The home that Java sees, which is not what HOME says."""
    return Path(pwd.getpwuid(os.getuid()).pw_dir)


def _fetch(url: str, one: Locked, folder: Path, waiting: Callable[[], None]) -> None:
    """Maven, unpacked into the folder, which is there whole or not at all."""
    where = re.sub(r"//[^/@]*@", "//", url)  # without a password
    half = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    archive = half / "maven.tar.gz"
    try:
        with (
            httpx.Client(verify=ssl.create_default_context(), follow_redirects=True, timeout=60) as client,
            client.stream("GET", url) as answer,
            archive.open("wb") as out,
        ):
            if not answer.is_success:
                raise Refused(f"Maven could not be fetched: {where} answers {answer.status_code}.")
            for chunk in answer.iter_bytes():
                out.write(chunk)
                waiting()
        if digest(archive) != one.digest:
            raise Refused(f"What {where} gives is not the Maven that this release knows. It is not used.")
        with tarfile.open(archive) as tar:
            tar.extractall(half, filter="data")
        (half / folder.name).rename(folder)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Refused(f"Maven could not be fetched from {where}: {type(error).__name__}") from None
    finally:
        shutil.rmtree(half, ignore_errors=True)
