"""Connectors of a Kafka Connect cluster."""
