"""Topics, configurations, ACLs, users and quotas of a Kafka cluster."""
