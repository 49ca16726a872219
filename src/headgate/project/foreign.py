"""What another project says of its readers, in this project's names: its role `support` is `risk.support` here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from headgate.project.declarations import Allow, Applied, Column, Encrypt, Mask, Role, Security
from headgate.project.manifest import ManifestPolicy
from headgate.syntax import Place

Readers = set[tuple[str, str | None]]


@dataclass(frozen=True, slots=True)
class Foreign:
    """Another project, and where this one names it: what it declares stands in files that are not ours to point into."""

    project: str
    place: Place

    def role(self, name: str) -> str:
        """What a role of the project is called here."""
        return f"{self.project}.{name}"

    def roles(
        self, clearances: Mapping[str, str], levels: Sequence[str], mapped: Mapping[str, str]
    ) -> dict[str, Role]:
        """The project's roles, without principals. One whose clearance is not a class here has the lowest."""
        found = {}
        for name, clearance in clearances.items():
            level = mapped.get(clearance, clearance)
            found[self.role(name)] = Role(
                name=self.role(name),
                place=self.place,
                clearance=level if level in levels else next(iter(levels), ""),
            )
        return found

    def columns(self, columns: Iterable[Column], mapped: Mapping[str, str]) -> tuple[Column, ...]:
        """Declared columns, their classes by the names they have here."""
        return tuple(
            replace(c, place=self.place, classification=mapped.get(c.classification or "", c.classification))
            for c in columns
        )

    def security(self, security: Security, mapped: Mapping[str, str]) -> Security:
        """What a stream declares that others must know."""
        return Security(
            classification=tuple(
                replace(said, level=mapped.get(said.level, said.level), place=self.place)
                for said in security.classification
            ),
            masks=tuple(map(self.mask, security.masks)),
            encrypts=tuple(replace(encrypt, place=self.place) for encrypt in security.encrypts),
            allows=tuple(map(self.allow, security.allows)),
        )

    def mask(self, mask: Mask) -> Mask:
        return replace(mask, applied_in=self.applied(mask.applied_in), place=self.place)

    def allow(self, allow: Allow) -> Allow:
        return replace(allow, roles=tuple(map(self.role, allow.roles)), place=self.place)

    def applied(self, applied: tuple[Applied, ...] | None) -> tuple[Applied, ...] | None:
        """Entries that name roles."""
        if applied is None:
            return None
        return tuple(Applied(tuple(map(self.role, e.roles)), e.purpose, self.place) for e in applied)

    def in_force(self, policies: Iterable[ManifestPolicy]) -> Security:
        """What a manifest says is in force on a stream, as if it declared that; of its lists, who is on each of them."""
        masks: list[Mask] = []
        encrypts: list[Encrypt] = []
        lists: dict[str, Readers] = {}
        for policy in policies:
            entries = [(r, e.purpose) for e in policy.applied_in or () for r in _listed(e.roles)]
            if policy.kind == "allow":
                lists.setdefault(policy.by, set()).update(entries)
            elif policy.kind == "encrypt" and policy.method != "redacted":
                encrypts.append(Encrypt(policy.column, policy.key, self.place))
            else:
                named = tuple(Applied((self.role(r),), purpose, self.place) for r, purpose in entries)
                masks.append(
                    Mask(
                        column=policy.column,
                        method="redact" if policy.method == "redacted" else policy.method,
                        applied_in=None if policy.applied_in is None else named,
                        place=self.place,
                        domain=policy.domain,
                        keep_first=policy.keep_first,
                        keep_last=policy.keep_last,
                    )
                )
        return Security(masks=tuple(masks), encrypts=tuple(encrypts), allows=self._common(lists.values()))

    def _common(self, lists: Iterable[Readers]) -> tuple[Allow, ...]:
        """One list that admits those whom every one admits; none where there is none."""
        every = list(lists)
        if not every:
            return ()
        left = every[0]
        for other in every[1:]:
            left = _both(left, other)
        entries = sorted(left, key=lambda pair: (pair[0], pair[1] or ""))
        found = tuple(Allow((self.role(role),), purpose, self.place) for role, purpose in entries)
        return found or (Allow((), None, self.place),)


def _both(one: Readers, other: Readers) -> Readers:
    return {
        (role, purpose if limit is None else limit)
        for role, purpose in one
        for known, limit in other
        if role == known and (purpose is None or limit is None or purpose == limit)
    }


def _listed(roles: str | list[str]) -> list[str]:
    return [roles] if isinstance(roles, str) else roles
