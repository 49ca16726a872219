"""How a cluster is reached, as a new project's environment file: flags and client properties in, placeholders for secrets out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit, urlunsplit

from headgate.workflows.importing.spelling import scalar

PASSWORD, KEY_PASSWORD = "KAFKA_PASSWORD", "KAFKA_KEY_PASSWORD"
REGISTRY_PASSWORD, CONNECT_PASSWORD = "SCHEMA_REGISTRY_PASSWORD", "CONNECT_PASSWORD"

_OURS = {
    "bootstrap.servers": "bootstrap_servers",
    "security.protocol": "security_protocol",
    "sasl.mechanism": "sasl_mechanism",
    "sasl.username": "username",
}
_SECRETS = {"sasl.password": PASSWORD, "ssl.key.password": KEY_PASSWORD}
_OPTIONS = re.compile(
    r"ssl\.(?:ca|certificate|key)\.location|ssl\.endpoint\.identification\.algorithm|client\.dns\.lookup"
    r"|enable\.ssl\.certificate\.verification|sasl\.kerberos\..*|sasl\.oauthbearer\.(?!client\.secret).*"
)
"""Keys of Kafka's clients that librdkafka has as well (librdkafka, "Configuration properties")."""
_JAAS, _LOGIN = "sasl.jaas.config", re.compile(r"\b(username|password)\s*=\s*\"((?:[^\"\\]|\\.)*)\"")
_MECHANISM = "SCRAM-SHA-512"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A cluster by its flags: `kafka` are keys of an environment file, `options` the client's own. `secrets` are values by the
    variables that stand for them in the file; they are never written. `not_taken` are properties that say nothing here."""

    cluster: str = "main"
    environment: str = "live"
    kafka: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    key_password: bool = False
    registry_url: str = ""
    registry_username: str = ""
    connect_url: str = ""
    connect_username: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    not_taken: tuple[str, ...] = ()

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables that the file needs."""
        return tuple(
            name
            for name, needed in (
                (PASSWORD, "username" in self.kafka),
                (KEY_PASSWORD, self.key_password),
                (REGISTRY_PASSWORD, bool(self.registry_username)),
                (CONNECT_PASSWORD, bool(self.connect_username)),
            )
            if needed
        )


def reached(flags: Mapping[str, str], properties: str = "") -> Reached:
    """A cluster by what flags say (`bootstrap_servers`, `username`, `registry_url`, …) over a client's properties."""
    said = read_properties(properties)
    login = dict(_LOGIN.findall(said.pop(_JAAS, "")))
    kafka = {ours: said.pop(theirs) for theirs, ours in _OURS.items() if theirs in said}
    kafka = {**({"username": login["username"]} if "username" in login else {}), **kafka}
    secrets = {variable: said.pop(key) for key, variable in _SECRETS.items() if key in said}
    if "password" in login:
        secrets.setdefault(PASSWORD, login["password"].replace('\\"', '"').replace("\\\\", "\\"))
    kafka |= {key: flags[key] for key in _OURS.values() if flags.get(key)}
    if "username" in kafka:
        kafka = {"security_protocol": "SASL_SSL", "sasl_mechanism": _MECHANISM, **kafka}
    options = {key: said.pop(key) for key in sorted(said) if _OPTIONS.fullmatch(key)}
    registry, of_registry = _login_apart(flags.get("registry_url", ""))
    connect, of_connect = _login_apart(flags.get("connect_url", ""))
    for variable, (_, password) in ((REGISTRY_PASSWORD, of_registry), (CONNECT_PASSWORD, of_connect)):
        if password:
            secrets[variable] = password
    others = {key: flags[key] for key in ("cluster", "environment") if flags.get(key)}
    return Reached(
        kafka=kafka,
        options=options,
        key_password=KEY_PASSWORD in secrets,
        registry_url=registry,
        registry_username=flags.get("registry_username") or of_registry[0],
        connect_url=connect,
        connect_username=of_connect[0],
        secrets=secrets,
        not_taken=tuple(sorted(said)),
        **others,
    )


def _login_apart(url: str) -> tuple[str, tuple[str, str]]:
    """An address without the name and the password that it may begin with, and those.

    >>> _login_apart("https://me:a%40b@registry:8081/x")
    ('https://registry:8081/x', ('me', 'a@b'))
    """
    parts = urlsplit(url)
    login, at, host = parts.netloc.rpartition("@")
    name, _, password = login.partition(":")
    return (urlunsplit(parts._replace(netloc=host)) if at else url), (unquote(name), unquote(password))


def read_properties(text: str) -> dict[str, str]:
    """The keys of a Java properties file; a line that ends in a backslash goes on in the next.

    >>> read_properties("a.b=1\\n# no\\nc : x \\\\\\n  y\\n")
    {'a.b': '1', 'c': 'x y'}
    """
    found: dict[str, str] = {}
    for line in re.sub(r"\\\r?\n[ \t]*", "", text).splitlines():
        said = re.fullmatch(r"\s*([^#!\s=:][^\s=:]*)\s*[=:\s]\s*(.*?)\s*", line)
        if said is not None:
            found[said[1]] = said[2]
    return found


def environment_file(to: Reached) -> str:
    """The environment file: every secret is a variable."""
    return "\n".join(_lines(to)) + "\n"


def _lines(to: Reached) -> Iterator[str]:
    yield "# Secrets are variables: set them, or write them into `.env`, which git ignores."
    yield "default: true"
    yield "engine: live"
    yield "clusters:"
    yield f"  {scalar(to.cluster)}:"
    yield "    kafka:"
    for key in ("bootstrap_servers", "security_protocol", "sasl_mechanism", "username"):
        if key in to.kafka:
            yield f"      {key}: {scalar(to.kafka[key])}"
    if "username" in to.kafka:
        yield f"      password: {_variable(PASSWORD)}"
    if to.options or to.key_password:
        yield "      options:"
        yield from (f"        {key}: {scalar(value)}" for key, value in to.options.items())
        if to.key_password:
            yield f"        ssl.key.password: {_variable(KEY_PASSWORD)}"
    if to.registry_url:
        yield "    schema_registry:"
        yield f"      url: {scalar(to.registry_url)}"
        if to.registry_username:
            yield f"      username: {scalar(to.registry_username)}"
            yield f"      password: {_variable(REGISTRY_PASSWORD)}"
    if to.connect_url:
        yield "    connect:"
        yield "      main:"
        yield f"        url: {scalar(to.connect_url)}"
        if to.connect_username:
            yield f"        username: {scalar(to.connect_username)}"
            yield f"        password: {_variable(CONNECT_PASSWORD)}"


def _variable(name: str) -> str:
    return f"'{{{{ env_var(\"{name}\") }}}}'"


PROJECT = """\
name: {name}
version: "0.1"
require: ">=0.1,<1"
classification:
  default: internal          # of a column that says nothing: nobody has classified any of these yet
  clearance_default: public  # what no list opens to a role it does not read, as at the brokers
# Brokers do not know who owns a topic: say `owner` here for all, or for each in its file.
"""
