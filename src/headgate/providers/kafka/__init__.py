"""Topics, configurations, ACLs, users and quotas of a Kafka cluster."""

from headgate.providers.kafka.provider import KINDS, Kafka, open_provider

__all__ = ["KINDS", "Kafka", "open_provider"]
