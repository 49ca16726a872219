"""What librdkafka does not ask brokers for and kafka-python does, over a connection of its own: quotas, reassignments."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError as WireError

from headgate.ports import TemporaryFailure
from headgate.providers.kafka.broker import Broker
from headgate.providers.kafka.failures import one_line
from headgate.providers.kafka.wire_settings import wire_settings


@contextmanager
def wire(broker: Broker, what: str) -> Iterator[Any]:
    """A client of the cluster for some requests about `what`. What goes wrong in it is a Failure.

    It does not say why a login is refused: `broker` was asked something before, and has.
    """
    client = None
    try:
        client = (broker.dial_wire or KafkaAdminClient)(**wire_settings(broker, what))
        yield client
    except (WireError, OSError) as error:
        raise TemporaryFailure(
            broker.hide(f"the {what} of cluster `{broker.name}`: {one_line(error)}")
        ) from None
    finally:
        if client is not None:
            client.close()
