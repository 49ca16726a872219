"""A project of topics with schemas, and of applications that write and read them: a subject and five ACLs for each topic."""

from __future__ import annotations

from pathlib import Path

PER_PRODUCER = 10
ACLS_A_TOPIC = 5
"""WRITE and DESCRIBE of who writes it, READ and DESCRIBE of who reads it, and READ on the reader's group."""

_ENVIRONMENT = """\
default: true
engine: live
clusters:
  main:
    kafka:
      bootstrap_servers: "{kafka}"
      security_protocol: SASL_PLAINTEXT
      sasl_mechanism: PLAIN
      username: "{user}"
      password: '{{{{ env_var("KAFKA_PASSWORD") }}}}'
    schema_registry: {{url: "{registry}"}}
"""
_TOPIC = """\
  - name: t{i}
    topic: {topic}
    materialized: topic
    format: avro
    key: id
    columns:
      - {{name: id, data_type: string, constraints: [not_null]}}
      - {{name: amount, data_type: "decimal(12, 2)"}}
      - {{name: at, data_type: timestamp(3), constraints: [not_null]}}
"""
_CONSUMER = """\
  - name: reader_{i}
    type: application
    principal: "User:reader-{i}"
    consumes: ['ref("t{i}")']
    access: {{allowed_roles: [reader_{i}]}}
    consumer_config: {{consumer_group: reader-{i}}}
"""
_PRODUCER = """\
  - name: writer_{i}
    type: application
    principal: "User:writer-{i}"
    produces: [{refs}]
"""


def topic_name(number: int) -> str:
    """The name of a topic of the project."""
    return f"bench.area{number % 20}.t{number}"


def write_live_project(root: Path, count: int, *, kafka: str, registry: str, user: str) -> None:
    """Writes the project of `count` topics, for the cluster at these addresses."""
    (root / "environments").mkdir(parents=True)
    (root / "headgate.yml").write_text("name: bench\nclassification: {default: internal}\n")
    (root / "environments" / "live.yml").write_text(
        _ENVIRONMENT.format(kafka=kafka, registry=registry, user=user)
    )
    topics = (_TOPIC.format(i=i, topic=topic_name(i)) for i in range(count))
    (root / "topics.yml").write_text("models:\n" + "".join(topics))
    roles = (f'  - {{name: reader_{i}, principals: ["User:reader-{i}"]}}\n' for i in range(count))
    (root / "roles.yml").write_text("roles:\n" + "".join(roles))
    uses = [_CONSUMER.format(i=i) for i in range(count)]
    for first in range(0, count, PER_PRODUCER):
        written = ", ".join(f"'ref(\"t{i}\")'" for i in range(first, min(first + PER_PRODUCER, count)))
        uses.append(_PRODUCER.format(i=first // PER_PRODUCER, refs=written))
    (root / "uses.yml").write_text("exposures:\n" + "".join(uses))
