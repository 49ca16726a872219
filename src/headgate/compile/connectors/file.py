"""A file on the Connect worker, a line a record (Kafka's FileStreamSinkConnector): for trying things out."""

from __future__ import annotations

from headgate.compile.connector import ConnectorType, Kind, Setting

TYPE = ConnectorType(
    name="file",
    connector_class="org.apache.kafka.connect.file.FileStreamSinkConnector",
    settings={"file": Setting("file", required=True), "tasks_max": Setting("tasks.max", Kind.NUMBER)},
)
