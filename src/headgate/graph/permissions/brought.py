"""The policies of another project's streams, in the names that this project has for its roles and classes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from headgate.addresses import Address, ColumnAddress
from headgate.graph.permissions.origins import Origins
from headgate.graph.permissions.parts import ColumnPolicies, ReaderList, Strand, StreamPolicies
from headgate.project.declarations import PackageStreams, Project
from headgate.project.foreign import Foreign


def brought(
    package: PackageStreams,
    whole: Project,
    known: dict[Address, StreamPolicies],
    here: Project,
    roots: list[ColumnAddress],
) -> dict[Address, StreamPolicies]:
    """What reaches the public streams of a package, all that they inherit there included.

    A class that has no place here counts as the highest: that it has none is an error.
    """
    levels = here.classification.levels
    names = [package.levels.get(level, level) for level in whole.classification.levels]
    ranks = [levels.index(name) if name in levels else len(levels) - 1 for name in names]
    assert package.place is not None
    move = _Move(Foreign(package.project, package.place), ranks)
    found: dict[Address, StreamPolicies] = {}
    for address in package.streams:
        there = known.get(replace(address, project=""))
        if there is not None:
            found[address] = StreamPolicies(
                columns={
                    name: move.column(column, ColumnAddress(address, name), roots)
                    for name, column in there.columns.items()
                },
                lists=tuple(move.list(one) for one in there.closed_by),
            )
    return found


@dataclass(frozen=True, slots=True)
class _Move:
    """Puts what another project declared into this project's names; a list is the same one wherever it stands."""

    foreign: Foreign
    ranks: list[int]
    lists: dict[int, ReaderList] = field(default_factory=dict)

    def column(
        self, column: ColumnPolicies, address: ColumnAddress, roots: list[ColumnAddress]
    ) -> ColumnPolicies:
        return ColumnPolicies(
            strands=tuple(self._strand(strand) for strand in column.strands),
            origins=Origins.at(roots, address),
            origin=column.origin,
            tags=column.tags,
            classified=column.classified,
            guessed=column.guessed,
        )

    def list(self, one: ReaderList) -> ReaderList:
        found = self.lists.get(id(one))
        if found is None:
            found = self.lists[id(one)] = ReaderList.of(
                self._there(one.by),
                tuple(map(self.foreign.allow, one.allows)),
                tuple(map(self.foreign.mask, one.masked)),
            )
        return found

    def _there(self, address: Address) -> Address:
        return replace(address, project=self.foreign.project)

    def _strand(self, strand: Strand) -> Strand:
        return Strand(
            classes=tuple(
                replace(
                    part,
                    level=self.ranks[part.level],
                    place=None if part.place is None else self.foreign.place,
                    by=self._there(part.by),
                    lifted_by=self._lists(part.lifted_by),
                )
                for part in strand.classes
            ),
            masks=tuple(
                replace(
                    part,
                    applied_in=self.foreign.applied(part.applied_in),
                    place=self.foreign.place,
                    by=self._there(part.by),
                    lifted_by=self._lists(part.lifted_by),
                )
                for part in strand.masks
            ),
            encrypts=tuple(
                replace(
                    part,
                    by=self._there(part.by),
                    place=self.foreign.place,
                    lifted_by=self._lists(part.lifted_by),
                )
                for part in strand.encrypts
            ),
            lists=self._lists(strand.lists),
        )

    def _lists(self, lists: tuple[ReaderList, ...]) -> tuple[ReaderList, ...]:
        return tuple(self.list(one) for one in lists)
