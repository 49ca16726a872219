"""The same stack for containers: official images, in the versions of the POMs."""

from __future__ import annotations

from xml.etree import ElementTree

from headgate.local.artifacts import REACTOR

POSTGRES = "16"
"""The major release of the PostgreSQL that the `local` extra brings."""
_TEMPLATE = """\
# The parts of `headgate local` as containers, for an environment that names them. Written by `headgate local compose`.
# Nothing here asks for a login but PostgreSQL: for a machine of your own only.
name: headgate
services:
  kafka:
    image: apache/kafka:{kafka}
    ports: ["127.0.0.1:9092:9092"]
    environment:
      KAFKA_NODE_ID: 1
      KAFKA_PROCESS_ROLES: broker,controller
      KAFKA_CONTROLLER_QUORUM_VOTERS: 1@kafka:9094
      KAFKA_CONTROLLER_LISTENER_NAMES: CONTROLLER
      KAFKA_LISTENERS: HOST://:9092,INSIDE://:9093,CONTROLLER://:9094
      KAFKA_ADVERTISED_LISTENERS: HOST://127.0.0.1:9092,INSIDE://kafka:9093
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: HOST:PLAINTEXT,INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT
      KAFKA_INTER_BROKER_LISTENER_NAME: INSIDE
      KAFKA_LOG_DIRS: /var/lib/kafka/data
      KAFKA_AUTHORIZER_CLASS_NAME: org.apache.kafka.metadata.authorizer.StandardAuthorizer
      KAFKA_SUPER_USERS: User:ANONYMOUS
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: "false"
      KAFKA_DEFAULT_REPLICATION_FACTOR: 1
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: 1
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: 1
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: 1
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: 0
    volumes: ["kafka:/var/lib/kafka/data"]
    healthcheck:
      test: ["CMD", "/opt/kafka/bin/kafka-broker-api-versions.sh", "--bootstrap-server", "127.0.0.1:9093"]
      interval: 5s
      retries: 20
  registry:
    image: apicurio/apicurio-registry-mem:{apicurio}
    ports: ["127.0.0.1:8080:8080"]
  connect:
    image: apache/kafka:{kafka}
    depends_on: {{kafka: {{condition: service_healthy}}}}
    ports: ["127.0.0.1:8083:8083"]
    # Plugins are jars in ./plugins, each in a folder of its own.
    volumes: ["./plugins:/opt/plugins:ro"]
    entrypoint: ["/bin/sh", "-c"]
    command:
      - |
        cat > /tmp/connect.properties <<END
        bootstrap.servers=kafka:9093
        group.id=headgate-local-connect
        listeners=http://:8083
        rest.advertised.host.name=connect
        key.converter=org.apache.kafka.connect.storage.StringConverter
        value.converter=org.apache.kafka.connect.json.JsonConverter
        value.converter.schemas.enable=false
        config.storage.topic=_connect-configs
        offset.storage.topic=_connect-offsets
        status.storage.topic=_connect-status
        config.storage.replication.factor=1
        offset.storage.replication.factor=1
        status.storage.replication.factor=1
        plugin.path=/opt/plugins
        connector.client.config.override.policy=All
        END
        exec /opt/kafka/bin/connect-distributed.sh /tmp/connect.properties
  jobmanager:
    image: flink:{flink}
    entrypoint: ["/bin/sh", "-c"]
    command: ["{take} && exec /docker-entrypoint.sh jobmanager"]
    ports: ["127.0.0.1:8081:8081"]
    environment: &flink
      FLINK_PROPERTIES: |
        jobmanager.rpc.address: jobmanager
        rest.address: jobmanager
        rest.bind-address: 0.0.0.0
        sql-gateway.endpoint.rest.address: gateway
        sql-gateway.endpoint.rest.bind-address: 0.0.0.0
        execution.target: remote
        taskmanager.numberOfTaskSlots: 16
        execution.checkpointing.interval: 10 s
        execution.checkpointing.dir: file:///state/checkpoints
        execution.checkpointing.savepoint-dir: file:///state/savepoints
        execution.checkpointing.externalized-checkpoint-retention: RETAIN_ON_CANCELLATION
    # The connectors are jars in ./connectors: flink-sql-connector-kafka {flink_kafka}, flink-sql-avro-confluent-registry {flink}.
    volumes: ["flink:/state", "./connectors:/opt/connectors:ro"]
  taskmanager:
    image: flink:{flink}
    entrypoint: ["/bin/sh", "-c"]
    command: ["{take} && exec /docker-entrypoint.sh taskmanager"]
    depends_on: [jobmanager]
    environment: *flink
    volumes: ["flink:/state", "./connectors:/opt/connectors:ro"]
    restart: always
  gateway:
    image: flink:{flink}
    entrypoint: ["/bin/sh", "-c"]
    command: ["{take} && exec /docker-entrypoint.sh /opt/flink/bin/sql-gateway.sh start-foreground"]
    depends_on: [jobmanager]
    ports: ["127.0.0.1:8084:8083"]
    environment: *flink
    volumes: ["flink:/state", "./connectors:/opt/connectors:ro"]
  warehouse:
    image: postgres:{postgres}
    ports: ["127.0.0.1:5432:5432"]
    environment:
      POSTGRES_USER: admin
      POSTGRES_PASSWORD: ${{WAREHOUSE_PASSWORD:?choose one}}
      POSTGRES_DB: postgres
    volumes: ["warehouse:/var/lib/postgresql/data"]
volumes: {{kafka: , flink: , warehouse: }}
"""
_TAKE = "cp /opt/connectors/*.jar /opt/flink/lib/ && chown flink:flink /state"
"""What a container of Flink's does as root first: its entry point goes on as `flink`, and a new volume is root's."""


def versions() -> dict[str, str]:
    """The version of each product, by the POM's name for it."""
    pom = ElementTree.parse(REACTOR / "pom.xml").getroot()  # noqa: S314 - ours
    found = pom.find("{*}properties")
    said = list(found) if found is not None else []
    return {
        one.tag.rpartition("}")[2].removesuffix(".version").replace(".", "_"): (one.text or "").strip()
        for one in said
        if one.tag.endswith(".version")
    }


def compose() -> str:
    """The text of a `compose.yaml`."""
    return _TEMPLATE.format(**versions(), postgres=POSTGRES, take=_TAKE)
