"""Who is in a group. The Gateway replaces a group's list as a whole, and others may have put their own accounts there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from headgate.ports import TemporaryFailure
from headgate.providers.conduktor.gateway import API, PASSTHROUGH, Document, Gateway
from headgate.providers.conduktor.names import MemberName

_TRIES = 5


def members(groups: Iterable[Document]) -> set[MemberName]:
    """Every account in every group, of those in no virtual cluster."""
    return {
        MemberName(str(group["metadata"]["name"]), str(one["name"]))
        for group in groups
        for one in _list(group)
        if _is_plain(one)
    }


def change(gateway: Gateway, group: str, join: Collection[str], leave: Collection[str]) -> None:
    """These accounts are in a group and those are not; whoever else is in it stays.

    A group is made for its first member, and goes with its last. It is looked at again after the write, for somebody else
    may have written meanwhile. What they wrote between our look and our write is lost: the Gateway cannot be asked to write
    only where nobody has.
    """
    for _ in range(_TRIES):
        live = gateway.group(group)
        there = _list(live) if live is not None else []
        names = {one["name"] for one in there if _is_plain(one)}
        missing = [name for name in join if name not in names]
        if not missing and names.isdisjoint(leave):
            return
        kept = [one for one in there if not (_is_plain(one) and one["name"] in leave)]
        spec = {**(live or {}).get("spec", {}), "members": [*kept, *({"name": name} for name in missing)]}
        if not spec["members"] and not spec.get("externalGroups"):
            gateway.delete("GatewayGroup", group)
        else:
            gateway.put(_document(group, spec))
    raise TemporaryFailure(f"somebody else keeps changing who is in the group `{group}`")


def _document(group: str, spec: Mapping[str, Any]) -> Document:
    said = {key: value for key, value in spec.items() if value is not None}
    return {"kind": "GatewayGroup", "apiVersion": API, "metadata": {"name": group}, "spec": said}


def _list(group: Document) -> list[dict[str, Any]]:
    return list((group.get("spec") or {}).get("members") or ())


def _is_plain(member: Mapping[str, Any]) -> bool:
    return member.get("vCluster") in (None, PASSTHROUGH)
