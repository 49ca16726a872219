"""A Kafka broker and a schema registry on this machine's loopback, for one project, from Maven's artifacts.

The only room that starts other programs. It knows nothing of projects beyond the folder that it keeps its files in.
"""
