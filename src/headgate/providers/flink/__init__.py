"""Jobs through the SQL Gateway and the JobManager."""

from headgate.providers.flink.provider import FlinkJobs, open_provider
from headgate.resources.live import JOB

KINDS = (JOB,)

__all__ = ["KINDS", "FlinkJobs", "open_provider"]
