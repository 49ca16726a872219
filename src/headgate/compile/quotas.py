"""Quotas: how fast the applications that say so may write and read, by the user that brokers know them as (KIP-546)."""

from __future__ import annotations

from collections.abc import Iterable

from headgate.addresses import Address
from headgate.compile.grants import Given
from headgate.compile.planes import Plane
from headgate.compile.target import World
from headgate.resources import Resource, ResourceId
from headgate.resources.live import QUOTA

_USER = "User:"
_PRODUCER, _CONSUMER = "producer_byte_rate", "consumer_byte_rate"


def quotas(world: World, given: Iterable[tuple[bool, Given]]) -> list[Resource]:
    """A quota for every user that an exposure with a `quota` is given something as at a broker, sorted.

    Brokers count by user, so the exposures of one principal share what they ask for together. A rate holds for each
    broker, as Kafka's do.
    """
    rates: dict[tuple[str, str], dict[str, dict[Address, int]]] = {}
    for _, one in given:
        exposure = world.project.exposures.get(one.by)
        if exposure is None or one.plane is not Plane.BROKER:
            continue
        name, rate = (_CONSUMER, exposure.quota_consume) if one.reads else (_PRODUCER, exposure.quota_produce)
        principal = one.bindings[0].principal
        if rate is not None and principal.startswith(_USER):
            of_user = rates.setdefault((one.bindings[0].cluster, principal.removeprefix(_USER)), {})
            of_user.setdefault(name, {})[one.by] = rate
    return [_quota(cluster, user, found) for (cluster, user), found in sorted(rates.items())]


def _quota(cluster: str, user: str, rates: dict[str, dict[Address, int]]) -> Resource:
    asking = list(dict.fromkeys(by for found in rates.values() for by in found))
    return Resource(
        id=ResourceId(QUOTA.name, f"{cluster}/{user}"),
        fields={
            "cluster": cluster,
            "user": user,
            **{name: sum(rates[name].values()) for name in (_PRODUCER, _CONSUMER) if name in rates},
        },
        address=str(asking[0]),
        reason=f"asked for by {', '.join(f'`{by.name}`' for by in asking)}",
    )
