"""A job as the Flink Kubernetes operator deploys it: a FlinkDeployment that runs Flink's own `SqlDriver` on a script.

Source: apache/flink-kubernetes-operator 1.15, "FlinkDeployment reference" and "Pod Template"; Flink 2.3,
`org.apache.flink.table.runtime.application.SqlDriver`. The script is mounted from a ConfigMap, which holds no secret: what
the environment fills in stands in a Secret, and an init container puts it into the script before Flink reads it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from headgate.compile import ddl
from headgate.compile.flink.job import FlinkJob
from headgate.compile.flink.script import script
from headgate.compile.texts import Lines, as_yaml, file_name
from headgate.resources import Artifact

_DRIVER = "org.apache.flink.table.runtime.application.SqlDriver"
_FOLDER = "/opt/headgate"
_LONGEST = 45
"""The operator adds to the name what Kubernetes must take in 63 letters."""
_PLACEHOLDER = re.compile(r"\$\{((?:cluster|kms)\.[^}]+)\}")
_DISAGREE = ("pipeline.name", "parallelism.default")
"""What the deployment says itself."""


def artifacts(job: FlinkJob) -> Iterator[Artifact]:
    """The ConfigMap with the script and the FlinkDeployment, in one file."""
    settings = {key: value for key, value in job.settings.items() if key not in _DISAGREE}
    text, wanted = _with_variables(ddl.settings(settings) + "\n" + script(job))
    documents = as_yaml([_config_map(job, text), _deployment(job, wanted)])
    needs = "".join(f"#   {variable}: {what}\n" for variable, what in wanted.items())
    head = f"# Needs the Secret `{_secret(job)}` with\n{needs}" if needs else ""
    left = dict.fromkeys(f"${{{what}}}" for what in _PLACEHOLDER.findall(documents))
    head += f"# Whoever deploys it fills in {', '.join(left)}\n" if left else ""
    yield Artifact(
        path=f"flink/{file_name(job.name)}.yaml", text=head + documents, address=str(job.stream.address)
    )


def resource_name(name: str) -> str:
    """A job's name as Kubernetes takes names: two jobs never share one.

    >>> resource_name("shop.orders"), resource_name("shop.orders_v2")
    ('shop-orders', 'shop-orders-v2-23bd66')
    """
    plain = re.sub(r"[^a-z0-9-]", "-", name.lower()).strip("-")
    if plain == name.replace(".", "-") and "-" not in name and len(plain) <= _LONGEST:
        return plain
    digest = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{plain[: _LONGEST - 7].rstrip('-')}-{digest}"


def _with_variables(text: str) -> tuple[str, dict[str, str]]:
    """A script with variables for what the environment fills in, and what each variable holds."""
    wanted: dict[str, str] = {}

    def variable(match: re.Match[str]) -> str:
        name = re.sub(r"\W", "_", match[1]).upper()
        wanted[name] = match[1]
        return f"${{{name}}}"

    return _PLACEHOLDER.sub(variable, text), wanted


def _config_map(job: FlinkJob, text: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": _metadata(job),
        "data": {"model.sql": Lines(text)},
    }


def _deployment(job: FlinkJob, wanted: Mapping[str, str]) -> dict[str, Any]:
    version = job.setting("version", "2.3")
    return {
        "apiVersion": "flink.apache.org/v1beta1",
        "kind": "FlinkDeployment",
        "metadata": _metadata(job),
        "spec": {
            "image": job.setting("image"),
            "flinkVersion": "v" + version.replace(".", "_"),
            "serviceAccount": job.setting("service_account", "flink"),
            "flinkConfiguration": _configuration(job),
            "jobManager": {
                **_size(job, "job_manager", "1Gi", "0.5"),
                "podTemplate": _pod(job, wanted),
            },
            "taskManager": _size(job, "task_manager", "2Gi", "1"),
            "job": {
                "entryClass": _DRIVER,
                "args": ["--scriptUri", f"file://{_FOLDER}/model.sql"],
                "parallelism": job.stream.flink.parallelism or 1,
                "upgradeMode": job.upgrade.replace("_", "-"),
                "state": "running",
                "allowNonRestoredState": False,
            },
        },
    }


def _metadata(job: FlinkJob) -> dict[str, Any]:
    return {"name": resource_name(job.name), "namespace": job.setting("namespace", "default")}


def _configuration(job: FlinkJob) -> dict[str, str]:
    storage = job.setting("storage").rstrip("/")
    own = {
        "taskmanager.numberOfTaskSlots": "1",
        "pipeline.name": job.name,
        "execution.checkpointing.interval": job.settings["execution.checkpointing.interval"],
        "execution.checkpointing.dir": f"{storage}/checkpoints",
        "execution.checkpointing.savepoint-dir": f"{storage}/savepoints",
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        "high-availability.type": "kubernetes",
        "high-availability.storageDir": f"{storage}/ha",
    }
    return own | job.settings_under("configuration")


def _size(job: FlinkJob, part: str, memory: str, cpu: str) -> dict[str, Any]:
    return {"resources": {"requests": {"memory": memory, "cpu": cpu, **job.settings_under(part)}}}


def _pod(job: FlinkJob, wanted: Mapping[str, str]) -> dict[str, Any]:
    """The JobManager's pod: it alone reads the script."""
    names = " ".join(f"${{{variable}}}" for variable in wanted)
    mounts = [{"name": "script", "mountPath": _FOLDER}]
    fills = {
        "name": "fill-script",
        "image": job.setting("image"),
        "command": ["sh", "-c", f"envsubst '{names}' < /declared/model.sql > {_FOLDER}/model.sql"],
        "envFrom": [{"secretRef": {"name": _secret(job)}}] if wanted else [],
        "volumeMounts": [{"name": "declared", "mountPath": "/declared"}, *mounts],
    }
    return {
        "spec": {
            "initContainers": [fills],
            "containers": [{"name": "flink-main-container", "volumeMounts": mounts}],
            "volumes": [
                {"name": "declared", "configMap": {"name": resource_name(job.name)}},
                {"name": "script", "emptyDir": {"medium": "Memory"}},
            ],
        }
    }


def _secret(job: FlinkJob) -> str:
    return f"{resource_name(job.name)}-values"
