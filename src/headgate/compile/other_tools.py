"""What other tools write, in their own formats: for Strimzi's operators, for Terraform, for Conduktor Console.

Sources: Strimzi docs, "KafkaTopic" and "KafkaUser" (`kafka.strimzi.io/v1beta2`); Terraform provider Mongey/kafka, `kafka_topic`,
`kafka_acl`, `kafka_quota`; Conduktor docs, "Kafka resources" (`kafka/v2`), "Service account" (`v1`).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from headgate.compile.handed_over import KINDS, Tools
from headgate.compile.texts import as_yaml, file_name
from headgate.resources import Artifact, Resource
from headgate.resources.live import ACL, CONNECTOR, JOB_ACL, QUOTA, SUBJECT, TOPIC

FOLDER = "handed_over"
_ACLS = (ACL.name, JOB_ACL.name)
_USER = "User:"


def handed_over(tools: Tools, resources: Iterable[Resource]) -> Iterator[Artifact]:
    """A file for each tool and cluster, with those of its things that it has a format for."""
    by_tool: dict[tuple[str, str], list[Resource]] = {}
    for resource in resources:
        tool = tools.of(resource)
        if tool in _WRITERS:
            by_tool.setdefault((tool, str(resource.fields["cluster"])), []).append(resource)
    for (tool, cluster), those in sorted(by_tool.items()):
        suffix, write = _WRITERS[tool]
        text = write(cluster, those)
        if text:
            yield Artifact(path=f"{FOLDER}/{tool}/{file_name(cluster or 'default')}.{suffix}", text=text)


def _strimzi(cluster: str, resources: Sequence[Resource]) -> str:
    documents = [_kafka_topic(cluster, r) for r in resources if r.id.kind == TOPIC.name]
    users: dict[str, dict[str, Any]] = {}
    for user, acls in _by_principal(resources).items():
        users.setdefault(user, {})["authorization"] = {"type": "simple", "acls": list(_strimzi_acls(acls))}
    for quota in (r for r in resources if r.id.kind == QUOTA.name):
        users.setdefault(str(quota.fields["user"]), {})["quotas"] = {
            name: quota.fields[field]
            for name, field in (
                ("producerByteRate", "producer_byte_rate"),
                ("consumerByteRate", "consumer_byte_rate"),
            )
            if quota.fields.get(field) is not None
        }
    documents += [_custom("KafkaUser", cluster, user, spec) for user, spec in sorted(users.items())]
    return as_yaml(documents) if documents else ""


def _kafka_topic(cluster: str, topic: Resource) -> dict[str, Any]:
    name, said = _name(topic), topic.fields
    spec: dict[str, Any] = {"topicName": name, "partitions": said["partitions"]}
    if said.get("replication_factor"):
        spec["replicas"] = said["replication_factor"]
    return _custom(
        "KafkaTopic", cluster, _object_name(name), {**spec, "config": dict(said.get("config", {}))}
    )


def _custom(kind: str, cluster: str, name: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {"name": name, "labels": {"strimzi.io/cluster": cluster}}
    return {"apiVersion": "kafka.strimzi.io/v1beta2", "kind": kind, "metadata": metadata, "spec": dict(spec)}


def _object_name(name: str) -> str:
    """A name that Kubernetes takes (RFC 1123); one that has to be changed keeps a digest of what it was.

    >>> _object_name("shop.orders"), _object_name("Shop_Orders")
    ('shop.orders', 'shop-orders-c5fafd')
    """
    plain = re.sub(r"[^a-z0-9.-]", "-", name.lower()).strip("-.")
    return plain if plain == name else f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def _by_principal(resources: Iterable[Resource]) -> dict[str, list[Resource]]:
    found: dict[str, list[Resource]] = {}
    for resource in resources:
        if resource.id.kind in _ACLS:
            found.setdefault(str(resource.fields["principal"]).removeprefix(_USER), []).append(resource)
    return dict(sorted(found.items()))


def _strimzi_acls(acls: Iterable[Resource]) -> Iterator[dict[str, Any]]:
    for (type_, name, pattern), operations in _by_thing(acls):
        resource = {"type": {"transactional_id": "transactionalId"}.get(type_, type_)}
        if type_ != "cluster":
            resource |= {"name": name, "patternType": "prefix" if pattern == "prefixed" else "literal"}
        yield {"resource": resource, "operations": operations, "host": "*"}


def _by_thing(acls: Iterable[Resource]) -> list[tuple[tuple[str, str, str], list[str]]]:
    """The type, the name and the pattern of each thing that ACLs are about, and the operations on it."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for acl in acls:
        said = acl.fields
        operations = found.setdefault((said["resource_type"], said["name"], said["pattern"]), [])
        operations.append(_camel(said["operation"]))
    return [(thing, sorted(operations)) for thing, operations in sorted(found.items())]


def _camel(word: str) -> str:
    """`IDEMPOTENT_WRITE` as Kafka's tools spell it."""
    return "".join(part.capitalize() for part in word.split("_"))


def _terraform(cluster: str, resources: Sequence[Resource]) -> str:
    blocks = []
    for resource in resources:
        if resource.id.kind in _TERRAFORM:
            type_, values = _TERRAFORM[resource.id.kind]
            blocks.append(_block(type_, cluster, _name(resource), values(resource)))
    return "\n".join(blocks)


def _terraform_topic(topic: Resource) -> dict[str, Any]:
    said = topic.fields
    return {
        "name": _name(topic),
        "partitions": said["partitions"],
        "replication_factor": said.get("replication_factor"),
        "config": dict(said.get("config", {})),
    }


def _terraform_acl(acl: Resource) -> dict[str, Any]:
    said, type_ = acl.fields, acl.fields["resource_type"]
    return {
        "acl_principal": said["principal"],
        "acl_host": said["host"],
        "acl_operation": _camel(said["operation"]),
        "acl_permission_type": _camel(said["permission"]),
        "resource_type": "TransactionalID" if type_ == "transactional_id" else _camel(type_),
        "resource_name": said["name"],
        "resource_pattern_type_filter": _camel(said["pattern"]),
    }


def _terraform_quota(quota: Resource) -> dict[str, Any]:
    rates = {name: quota.fields.get(name) for name in ("producer_byte_rate", "consumer_byte_rate")}
    said = {name: rate for name, rate in rates.items() if rate is not None}
    return {"entity_name": quota.fields["user"], "entity_type": "user", "config": said}


_TERRAFORM: Mapping[str, tuple[str, Callable[[Resource], dict[str, Any]]]] = {
    TOPIC.name: ("kafka_topic", _terraform_topic),
    ACL.name: ("kafka_acl", _terraform_acl),
    JOB_ACL.name: ("kafka_acl", _terraform_acl),
    QUOTA.name: ("kafka_quota", _terraform_quota),
}


def _block(type_: str, cluster: str, name: str, values: Mapping[str, Any]) -> str:
    """A resource of Terraform's language; each cluster is a provider of that alias."""
    word = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_").lower()
    label = f"{word}_{hashlib.sha256(name.encode()).hexdigest()[:6]}"
    lines = [
        f'resource "{type_}" "{label}" {{',
        f"  provider = kafka.{re.sub(r'[^A-Za-z0-9_]+', '_', cluster)}",
    ]
    for key, value in values.items():
        if isinstance(value, Mapping):
            lines += [
                f"  {key} = {{",
                *(f"    {_literal(k)} = {_literal(v)}" for k, v in value.items()),
                "  }",
            ]
        elif value is not None:
            lines.append(f"  {key} = {_literal(value)}")
    return "\n".join([*lines, "}", ""])


def _literal(value: Any) -> str:
    """A value of Terraform's language, in whose texts `${` and `%{` begin a template."""
    return json.dumps(value, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")


def _console(cluster: str, resources: Sequence[Resource]) -> str:
    documents = [
        write(cluster, r) for kind, write in _CONSOLE.items() for r in resources if r.id.kind == kind
    ]
    documents += [_service_account(cluster, user, acls) for user, acls in _by_principal(resources).items()]
    documents += [
        {key: value for key, value in r.fields.items() if key != "cluster"}
        for r in resources
        if r.id.kind in KINDS["console"]
    ]
    return as_yaml(documents) if documents else ""


def _console_topic(cluster: str, topic: Resource) -> dict[str, Any]:
    spec: dict[str, Any] = {"partitions": topic.fields["partitions"]}
    if topic.fields.get("replication_factor"):
        spec["replicationFactor"] = topic.fields["replication_factor"]
    spec["configs"] = dict(topic.fields.get("config", {}))
    return _console_document("Topic", {"cluster": cluster, "name": _name(topic)}, spec)


def _console_subject(cluster: str, subject: Resource) -> dict[str, Any]:
    said = subject.fields
    spec = {"format": said["type"], "schema": json.dumps(said["schema"], ensure_ascii=False)}
    if said.get("compatibility"):
        spec["compatibility"] = said["compatibility"]
    return _console_document("Subject", {"cluster": cluster, "name": _name(subject)}, spec)


def _console_connector(cluster: str, connector: Resource) -> dict[str, Any]:
    metadata = {
        "cluster": cluster,
        "connectCluster": connector.fields["connect"],
        "name": connector.id.name.rpartition("/")[2],
    }
    return _console_document("Connector", metadata, {"config": dict(connector.fields["config"])})


def _service_account(cluster: str, user: str, acls: Iterable[Resource]) -> dict[str, Any]:
    """Console takes them for all the ACLs that a principal has."""
    entries = [
        {
            "type": {"group": "CONSUMER_GROUP"}.get(type_, type_.upper()),
            "patternType": pattern.upper(),
            "name": name,
            "operations": operations,
            "host": "*",
            "permission": "Allow",
        }
        for (type_, name, pattern), operations in _by_thing(acls)
    ]
    spec = {"authorization": {"type": "KAFKA_ACL", "acls": entries}}
    return _console_document("ServiceAccount", {"cluster": cluster, "name": user}, spec, api="v1")


def _console_document(
    kind: str, metadata: Mapping[str, Any], spec: Mapping[str, Any], api: str = "kafka/v2"
) -> dict[str, Any]:
    return {"apiVersion": api, "kind": kind, "metadata": dict(metadata), "spec": dict(spec)}


_CONSOLE: Mapping[str, Callable[[str, Resource], dict[str, Any]]] = {
    TOPIC.name: _console_topic,
    SUBJECT.name: _console_subject,
    CONNECTOR.name: _console_connector,
}


def _name(resource: Resource) -> str:
    return resource.id.name.partition("/")[2]


_WRITERS = {"strimzi": ("yml", _strimzi), "terraform": ("tf", _terraform), "console": ("yml", _console)}
