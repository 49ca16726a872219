"""The order of a graph, and the loops that keep it from having one."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeVar

Node = TypeVar("Node")

TRIED = 50
"""From how many nodes of a knot its shortest loop is looked for; a search costs as much as the knot is large."""


def topological(inputs: Mapping[Node, Iterable[Node]]) -> tuple[list[Node], list[Node]]:
    """Every node after its inputs, nodes that wait equally long in their given order; and those a loop keeps back.

    Inputs that are no node themselves do not count. Neither time nor memory depends on the depth.

    >>> topological({"b": ["a"], "a": [], "c": ["d"], "d": ["c"], "e": ["d"]})
    (['a', 'b'], ['c', 'd', 'e'])
    """
    waiting: dict[Node, int] = {}
    readers: dict[Node, list[Node]] = {node: [] for node in inputs}
    for node, of in inputs.items():
        count = 0
        for other in of:
            if other in readers:
                readers[other].append(node)
                count += 1
        waiting[node] = count
    ready = deque(node for node, count in waiting.items() if not count)
    order: list[Node] = []
    while ready:
        node = ready.popleft()
        order.append(node)
        for reader in readers[node]:
            waiting[reader] -= 1
            if not waiting[reader]:
                ready.append(reader)
    return order, [node for node, count in waiting.items() if count]


def knots(inputs: Mapping[Node, Collection[Node]], among: Iterable[Node]) -> list[list[Node]]:
    """The sets of nodes of `among` that all read each other in the end, alone only where one reads itself.

    >>> knots({"a": ["b"], "b": ["c"], "c": ["a", "b"], "d": ["d", "a"], "e": ["d"]}, "abcde")
    [['a', 'b', 'c'], ['d']]
    """
    return [k for k in _components(inputs, list(among)) if len(k) > 1 or k[0] in inputs[k[0]]]


def shortest_loop(inputs: Mapping[Node, Collection[Node]], knot: Sequence[Node]) -> list[Node]:
    """A shortest loop of a knot: every node reads the next, the last one reads the first.

    >>> shortest_loop({"a": ["b"], "b": ["c"], "c": ["a", "b"]}, "abc")
    ['b', 'c']
    """
    members = set(knot)
    found = (_loop_through(inputs, members, node) for node in knot[:TRIED])
    return min((loop for loop in found if loop), key=len)


def _components(inputs: Mapping[Node, Collection[Node]], among: list[Node]) -> list[list[Node]]:
    """The strongly connected components of `among`, by Tarjan's algorithm without recursion."""
    inside = set(among)
    index: dict[Node, int] = {}
    low: dict[Node, int] = {}
    stack: list[Node] = []
    on_stack: set[Node] = set()
    found: list[list[Node]] = []
    position = {node: i for i, node in enumerate(among)}
    for root in among:
        if root in index:
            continue
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        work = [(root, iter(inputs[root]))]
        while work:
            node, rest = work[-1]
            advanced = False
            for other in rest:
                if other not in inside:
                    continue
                if other not in index:
                    index[other] = low[other] = len(index)
                    stack.append(other)
                    on_stack.add(other)
                    work.append((other, iter(inputs[other])))
                    advanced = True
                    break
                if other in on_stack:
                    low[node] = min(low[node], index[other])
            if advanced:
                continue
            work.pop()
            if work:
                parent = work[-1][0]
                low[parent] = min(low[parent], low[node])
            if low[node] == index[node]:
                knot = [stack.pop()]
                while knot[-1] != node:
                    knot.append(stack.pop())
                on_stack.difference_update(knot)
                found.append(sorted(knot, key=lambda n: position[n]))
    return sorted(found, key=lambda k: position[k[0]])


def _loop_through(inputs: Mapping[Node, Collection[Node]], members: set[Node], start: Node) -> list[Node]:
    came: dict[Node, Node] = {}
    ahead = deque([start])
    while ahead:
        node = ahead.popleft()
        for other in inputs[node]:
            if other == start:
                path = [node]
                while path[-1] != start:
                    path.append(came[path[-1]])
                return path[::-1]
            if other in members and other not in came:
                came[other] = node
                ahead.append(other)
    return []
