"""What is chosen once for a stack, and where it keeps its files."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from headgate.local.refusal import Refused

ADMIN = "admin"
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """The ports, identity and password of a stack, remembered with its data. It holds a password: it does not print."""

    ports: Mapping[str, int]
    cluster: str
    password: str

    def as_json(self) -> str:
        """The settings as they are kept."""
        return json.dumps(asdict(self), indent=2)

    @classmethod
    def from_json(cls, text: str) -> Settings:
        """The settings that were kept."""
        return cls(**json.loads(text))

    def address(self, port: str) -> str:
        """Where a port is, as `host:port`."""
        return f"{HOST}:{self.ports[port]}"

    def with_ports(self, ports: Mapping[str, int]) -> Settings:
        """The same with more ports."""
        return replace(self, ports={**self.ports, **ports})

    def password_of(self, user: str) -> str:
        """The password of a user of the stack. It follows from the stack's own, so none is written down."""
        return password_of(self.password, user)


def password_of(secret: str, user: str) -> str:
    """What follows from a stack's own password for a user of it."""
    return hmac.new(secret.encode(), user.encode(), hashlib.sha256).hexdigest()[:32]


def fresh(ports: Mapping[str, int]) -> Settings:
    """Settings with a cluster id and a password of their own, on the given free ports."""
    return Settings(
        ports=dict(ports),
        cluster=base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode(),
        password=secrets.token_hex(16),
    )


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a project's stack keeps its files: all below one folder, which only `wipe` removes."""

    folder: Path

    @property
    def settings(self) -> Path:
        return self.folder / "settings.json"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def conf(self) -> Path:
        return self.folder / "conf"

    @property
    def wanted(self) -> Path:
        """What is to be kept running; gone where nothing is."""
        return self.folder / "wanted.json"

    @property
    def restarts(self) -> Path:
        """How often each part had to be started again."""
        return self.folder / "restarts.json"

    def log(self, part: str) -> Path:
        """What a part printed, over all its starts."""
        return self.folder / "logs" / f"{part}.log"

    def mark(self, part: str) -> str:
        """What stands on a process's command line and says that it is this folder's, and which part it is.

        It follows from the folder alone, so that processes are found again when every file here is gone.
        """
        return f"headgate.local={hashlib.sha256(str(self.folder).encode()).hexdigest()[:32]}/{part}"


def read(layout: Layout) -> Settings | None:
    """The stack's settings; none where it never was up, or was wiped. Refused where they are not what `up` wrote."""
    try:
        return Settings.from_json(layout.settings.read_text())
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        raise Refused(
            f"{layout.settings} is not as `headgate local up` wrote it. Mend it, or have the stack made anew with "
            "`headgate local down --wipe`, which removes its data."
        ) from None


def write(path: Path, text: str) -> None:
    """Writes a file whole or not at all. Only its owner reads it: most of them hold the password."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}")
    beside.unlink(missing_ok=True)
    beside.touch(mode=0o600)
    beside.write_text(text)
    beside.rename(path)
