"""Kafka, Connect, a registry, Flink and PostgreSQL on this machine's loopback, for one project, without containers.

The only room that starts other programs. It knows nothing of projects beyond the folder that it keeps its files in.
"""
