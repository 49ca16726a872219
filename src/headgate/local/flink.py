"""Flink: a JobManager, one TaskManager and a SQL Gateway, each a process of its own, so that a dead one can come back.

Source: Flink 2.3 docs, "Standalone", "Configuration" and "SQL Gateway". A TaskManager that is started without Flink's scripts
wants every size of its memory said.
"""

from __future__ import annotations

from collections.abc import Mapping

from headgate.local import urls
from headgate.local.part import Files, Part, Start
from headgate.local.probes import answer, listening
from headgate.local.settings import HOST, Settings

SLOTS = 32
_MODULES = (
    *(f"--add-exports={name}=ALL-UNNAMED" for name in (
        "java.base/sun.net.util", "java.rmi/sun.rmi.registry", "java.security.jgss/sun.security.krb5",
    )),
    *(f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in (
        "java.lang", "java.net", "java.io", "java.nio", "sun.nio.ch", "java.lang.reflect", "java.text", "java.time",
        "java.util", "java.util.concurrent", "java.util.concurrent.atomic", "java.util.concurrent.locks",
    )),
)  # fmt: skip


def _command(
    part: str, start: Start, heap: str, options: tuple[str, ...], main: str, *words: str
) -> list[str]:
    jvm = start.jvm(part, *_MODULES, *options, heap=heap)
    return [*jvm, "-cp", f"{start.artifacts}/flink/*", f"org.apache.flink.{main}", *words]


def _jobmanager(start: Start) -> list[str]:
    main = "runtime.entrypoint.StandaloneSessionClusterEntrypoint"
    metaspace = ("-XX:MaxMetaspaceSize=256m",)
    return _command("jobmanager", start, "384m", metaspace, main, "-c", str(_conf(start)))


def _taskmanager(start: Start) -> list[str]:
    main = "runtime.taskexecutor.TaskManagerRunner"
    sizes = ("-XX:MaxDirectMemorySize=256m", "-XX:MaxMetaspaceSize=256m")
    return _command("taskmanager", start, "512m", sizes, main, "-c", str(_conf(start)))


def _gateway(start: Start) -> list[str]:
    return _command("gateway", start, "512m", (), "table.gateway.SqlGateway")


def _conf(start: Start) -> object:
    return start.layout.conf / "flink"


def _environ(start: Start) -> Mapping[str, str]:
    return {"FLINK_CONF_DIR": str(_conf(start)), "FLINK_LIB_DIR": str(start.artifacts / "flink")}


def _files(start: Start) -> Files:
    ports, data = start.settings.ports, start.layout.data / "flink"
    config = {
        "jobmanager.rpc.address": HOST,
        "jobmanager.rpc.port": ports["flink_rpc"],
        "jobmanager.bind-host": HOST,
        "taskmanager.host": HOST,
        "taskmanager.bind-host": HOST,
        "rest.address": HOST,
        "rest.bind-address": HOST,
        "rest.port": ports["jobmanager"],
        "blob.server.port": ports["flink_blob"],
        "taskmanager.rpc.port": ports["taskmanager"],
        "taskmanager.data.port": ports["flink_data"],
        "sql-gateway.endpoint.rest.address": HOST,
        "sql-gateway.endpoint.rest.bind-address": HOST,
        "sql-gateway.endpoint.rest.port": ports["gateway"],
        "execution.target": "remote",
        "taskmanager.numberOfTaskSlots": SLOTS,
        "parallelism.default": 1,
        "taskmanager.cpu.cores": 2,
        "taskmanager.memory.framework.heap.size": "96m",
        "taskmanager.memory.framework.off-heap.size": "64m",
        "taskmanager.memory.task.heap.size": "416m",
        "taskmanager.memory.task.off-heap.size": "64m",
        "taskmanager.memory.network.min": "64m",
        "taskmanager.memory.network.max": "64m",
        # Divided among the slots, and taken only when used: window functions refuse a share of a few megabytes.
        "taskmanager.memory.managed.size": "1024m",
        "taskmanager.memory.jvm-metaspace.size": "256m",
        "taskmanager.memory.jvm-overhead.min": "64m",
        "taskmanager.memory.jvm-overhead.max": "64m",
        "jobmanager.memory.heap.size": "384m",
        "execution.checkpointing.interval": "10 s",
        "execution.checkpointing.dir": f"file://{data}/checkpoints",
        "execution.checkpointing.savepoint-dir": f"file://{data}/savepoints",
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        "state.backend.type": "hashmap",
        "restart-strategy.type": "fixed-delay",
        "restart-strategy.fixed-delay.attempts": 3,
        "restart-strategy.fixed-delay.delay": "2 s",
        "cluster.registration.error-delay": "1 s",
        "cluster.registration.refused-registration-delay": "1 s",
        "heartbeat.interval": "2 s",
        "heartbeat.timeout": "20 s",
        "metrics.fetcher.update-interval": 1000,
        "web.refresh-interval": 300,
        "io.tmp.dirs": f"{start.layout.data}/flink/tmp",
    }
    text = "".join(f"{key}: {value}\n" for key, value in config.items())
    return {start.layout.conf / "flink" / "config.yaml": text}


def _nothing(start: Start) -> Files:
    return {}


def _ready(start: Start) -> None:
    (start.layout.data / "flink" / "tmp").mkdir(parents=True, exist_ok=True)


def _task_slots(settings: Settings) -> bool:
    said = answer(f"{urls.jobmanager(settings)}/overview")
    return bool(said and said.get("taskmanagers"))


def _manages(settings: Settings) -> bool:
    # The port for TaskManagers opens apart from that for people; one that comes too early waits long before it asks again.
    return answer(f"{urls.jobmanager(settings)}/overview") is not None and listening(
        settings.ports["flink_rpc"]
    )


JOBMANAGER = Part(
    name="jobmanager",
    ports=("jobmanager", "flink_rpc", "flink_blob"),
    command=_jobmanager,
    answers=_manages,
    url=urls.jobmanager,
    files=_files,
    environ=_environ,
    ready=_ready,
)
TASKMANAGER = Part(
    name="taskmanager",
    ports=("taskmanager", "flink_data"),
    command=_taskmanager,
    answers=_task_slots,
    url=lambda settings: "",
    files=_nothing,
    environ=_environ,
    ready=_ready,
    after=("jobmanager",),
)
GATEWAY = Part(
    name="gateway",
    ports=("gateway",),
    command=_gateway,
    answers=lambda settings: answer(f"{urls.gateway(settings)}/info") is not None,
    url=urls.gateway,
    files=_nothing,
    environ=_environ,
    ready=_ready,
)
