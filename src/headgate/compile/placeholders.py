"""What stands in an artifact where a connection's value will be: no artifact holds a secret, or an address of one place.

`${cluster.prod-eu.kafka.bootstrap_servers}` is filled in by the verbs that connect, from the environment file.
"""

from __future__ import annotations

from headgate.project.declarations import Cluster


def connection(cluster: Cluster, part: str, key: str) -> str:
    """The placeholder of one value of a cluster's connection."""
    return f"${{cluster.{cluster.name}.{part}.{key}}}"


def identity(cluster: Cluster, name: str, key: str) -> str:
    """The placeholder of one value of an identity, what Headgate deploys runs as."""
    return f"${{cluster.{cluster.name}.identities.{name}.{key}}}"


def principal(cluster: Cluster, name: str) -> str:
    """Whom the brokers know an identity as: what the environment says, or its placeholder."""
    said = cluster.identities.get(name, {}).get("principal")
    if isinstance(said, str) and "{{" not in said:
        return said
    return identity(cluster, name, "principal")


def secured(cluster: Cluster) -> str:
    """The mechanism by which clients log in to the brokers, "" where they do not."""
    kafka = cluster.kafka or {}
    if not str(kafka.get("security_protocol", "")).upper().startswith("SASL"):
        return ""
    return str(kafka.get("sasl_mechanism", "PLAIN"))
