"""Rights as the tools of a platform team take them: Kafka's own commands, Terraform, and users of the Strimzi operator."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

import yaml

from headgate.resources.grants import CLUSTER, PREFIXED, TRANSACTIONAL_ID, Grant, acl_commands
from headgate.workflows.needs import ACCOUNTS, Need

_TYPES = {"topic": "Topic", "group": "Group", CLUSTER: "Cluster", TRANSACTIONAL_ID: "TransactionalID"}


def commands(needs: Iterable[Need], servers: Mapping[str, str]) -> str:
    """`kafka-acls.sh`, once for each resource of an account."""
    parts = []
    for (cluster, account), grants in _by_account(needs):
        parts.append(f"# {account} on {cluster}")
        parts += acl_commands(
            servers.get(cluster) or f"$BOOTSTRAP_SERVERS_OF_{_word(cluster).upper()}", grants
        )
        parts.append("")
    return "\n".join(parts)


def terraform(needs: Iterable[Need], servers: Mapping[str, str]) -> str:
    """`kafka_acl` of the provider Mongey/kafka, one for each right; each cluster is a provider of that alias."""
    parts = []
    taken: Counter[str] = Counter()
    for (cluster, account), grants in _by_account(needs):
        parts.append(f"# {account} on {cluster}\n")
        parts += [_resource(cluster, grant, taken) for grant in grants]
    return "\n".join(parts)


def strimzi(needs: Iterable[Need], servers: Mapping[str, str]) -> str:
    """A `KafkaUser` for each account of each cluster. How it logs in stands in the one that is there already."""
    rights: dict[tuple[str, str], set[Grant]] = {}
    accounts: dict[tuple[str, str], set[str]] = {}
    for need in needs:
        who = need.cluster, need.grant.principal
        rights.setdefault(who, set()).add(need.grant)
        accounts.setdefault(who, set()).add(need.account)
    documents = [
        f"# {', '.join(sorted(accounts[who]))}\n"
        + yaml.safe_dump(_user(*who, sorted(grants)), sort_keys=False, allow_unicode=True)
        for who, grants in sorted(rights.items())
    ]
    return "---\n".join(documents)


FORMATS: Mapping[str, Callable[[Iterable[Need], Mapping[str, str]], str]] = {
    "commands": commands,
    "terraform": terraform,
    "strimzi": strimzi,
}


def _by_account(needs: Iterable[Need]) -> Iterator[tuple[tuple[str, str], list[Grant]]]:
    by_cluster = sorted(needs, key=lambda need: (need.cluster, ACCOUNTS.index(need.account), need.grant))
    for who, some in groupby(by_cluster, key=lambda need: (need.cluster, need.account)):
        yield who, [need.grant for need in some]


def _resource(cluster: str, grant: Grant, taken: Counter[str]) -> str:
    label = _word("_".join([cluster, *_words(grant)]))
    taken[label] += 1
    if taken[label] > 1:
        label += f"_{taken[label]}"
    values = {
        "provider": f"kafka.{_word(cluster)}",
        "resource_name": grant.name,
        "resource_type": _TYPES[grant.resource],
        "resource_pattern_type_filter": grant.pattern.capitalize(),
        "acl_principal": grant.principal,
        "acl_host": "*",
        "acl_operation": grant.operation,
        "acl_permission_type": "Allow",
    }
    widest = max(map(len, values))
    lines = [
        f"  {key:<{widest}} = {value if key == 'provider' else _quoted(value)}"
        for key, value in values.items()
    ]
    return f'resource "kafka_acl" "{label}" {{\n' + "\n".join(lines) + "\n}\n"


def _words(grant: Grant) -> tuple[str, ...]:
    name = "all" if grant.name == "*" else grant.name
    return grant.principal.removeprefix("User:"), grant.operation, grant.resource, name, grant.pattern


def _quoted(value: str) -> str:
    """A string of Terraform's language, in which `${` and `%{` begin a template."""
    return json.dumps(value).replace("${", "$${").replace("%{", "%%{")


def _word(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]+", "_", text).strip("_").lower()


def _user(cluster: str, principal: str, grants: Iterable[Grant]) -> dict[str, Any]:
    together: dict[tuple[str, str, str], list[str]] = {}
    for one in grants:
        together.setdefault((one.resource, one.name, one.pattern), []).append(one.operation)
    return {
        "apiVersion": "kafka.strimzi.io/v1beta2",
        "kind": "KafkaUser",
        "metadata": {
            "name": principal.removeprefix("User:"),
            "labels": {"strimzi.io/cluster": cluster},
        },
        "spec": {
            "authorization": {
                "type": "simple",
                "acls": [
                    {"resource": _strimzi_resource(*what), "operations": operations, "host": "*"}
                    for what, operations in together.items()
                ],
            }
        },
    }


def _strimzi_resource(resource: str, name: str, pattern: str) -> dict[str, str]:
    if resource == CLUSTER:
        return {"type": "cluster"}
    kind = "transactionalId" if resource == TRANSACTIONAL_ID else resource
    return {"type": kind, "name": name, "patternType": "prefix" if pattern == PREFIXED else "literal"}
