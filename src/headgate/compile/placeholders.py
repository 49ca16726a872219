"""What stands in an artifact where a connection's value will be: no artifact holds a secret, or an address of one place.

`${cluster.prod-eu.kafka.bootstrap_servers}` is filled in by the verbs that connect, from the environment file.
"""

from __future__ import annotations

from dataclasses import dataclass

from headgate.project.declarations import Cluster

UNNAMED = "default"
"""What a project that names no cluster compiles for."""


def connection(cluster: Cluster, part: str, key: str) -> str:
    """The placeholder of one value of a cluster's connection."""
    return f"${{cluster.{cluster.name or UNNAMED}.{part}.{key}}}"


def identity(cluster: Cluster, name: str, key: str) -> str:
    """The placeholder of one value of an identity, what Headgate deploys runs as."""
    return f"${{cluster.{cluster.name or UNNAMED}.identities.{name}.{key}}}"


def sink_setting(sink: str, key: str) -> str:
    """The placeholder of a value that a sink's `config` writes out and no artifact may hold."""
    return f"${{sink.{sink}.config.{key}}}"


def registry_login(cluster: Cluster) -> str:
    """User and password of the registry as its clients take them; "" where it asks for none."""
    if not (cluster.schema_registry or {}).get("username"):
        return ""
    user = connection(cluster, "schema_registry", "username")
    return f"{user}:{connection(cluster, 'schema_registry', 'password')}"


def kms(provider: str, key: str) -> str:
    """The placeholder of one value of a key store."""
    return f"${{kms.{provider}.{key}}}"


def principal(cluster: Cluster, name: str) -> str:
    """Whom the brokers know an identity as: what the environment says, or its placeholder."""
    said = cluster.identities.get(name, {}).get("principal")
    if isinstance(said, str) and "{{" not in said:
        return said
    return identity(cluster, name, "principal")


@dataclass(frozen=True, slots=True)
class Login:
    """How clients reach brokers that ask who they are: the protocol, and the mechanism ("" for certificates)."""

    protocol: str
    mechanism: str


def secured(cluster: Cluster, part: str = "kafka") -> Login | None:
    """How clients log in to the brokers or (`proxy`) the proxy of a cluster; None where they need not."""
    said = dict(cluster.kafka or {})
    if part == "proxy":
        said |= cluster.proxy or {}
    # Who logs in by name and says no protocol means one that nobody can listen to, as our own clients take it.
    unsaid = "SASL_SSL" if said.get("username") else "PLAINTEXT"
    protocol = str(said.get("security_protocol", unsaid)).upper()
    if protocol == "PLAINTEXT":
        return None
    return Login(protocol, str(said.get("sasl_mechanism", "PLAIN")) if protocol.startswith("SASL") else "")
