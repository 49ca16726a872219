"""A Flink job in the forms of the systems that run it: a script, a deployment of the Kubernetes operator, statements of
Confluent Cloud."""
