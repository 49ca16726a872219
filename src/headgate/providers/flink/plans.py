"""Flink's plan of a statement, as EXPLAIN prints it, read into nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

RAW = "raw"
_SECTION = "== Optimized Execution Plan =="
_LINE = re.compile(r"^(?P<indent>[:\s]*(?:[+:]- )?)(?P<kind>\w+)(?P<rest>.*)$", re.DOTALL)
_KEY = re.compile(r"[(,]\s*(\w+)=\[")
_PLAIN_LITERAL = re.compile(r"'[^'()\[\]{}<>,=]*'")
_LEAVES = ("TableSourceScan", "Values")
_REUSED = re.compile(r"\(reuse_id=\[(\d+)\]\)$")


@dataclass(slots=True)
class Node:
    """An operator: what it is, what it says of itself, what it reads."""

    kind: str
    says: dict[str, str]
    inputs: list[Node] = field(default_factory=list)

    def walk(self) -> Iterator[Node]:
        """The node, and all beneath it."""
        yield self
        for one in self.inputs:
            yield from one.walk()


def read_plan(text: str) -> Node | None:
    """The last operator of the optimized execution plan, with all beneath it; None where the text has no such plan.

    A part that Flink plans once and uses twice stands in every place that it is used in. A plan that is no whole tree is
    none: a literal with line breaks in it tears one apart.
    """
    _, _, after = text.partition(_SECTION)
    above: list[tuple[int, Node]] = []
    shared: dict[str, Node] = {}
    root: Node | None = None
    for depth, node, number in _nodes(after.strip("\n").partition("\n\n")[0]):
        if not node.kind:
            return None
        if node.kind == "Reused":
            node = shared.get(node.says.get("reference_id", ""), node)
        elif number:
            shared[number] = node
        while above and above[-1][0] >= depth:
            above.pop()
        if above:
            above[-1][1].inputs.append(node)
        elif root is not None:
            return None
        root = root or node
        above.append((depth, node))
    whole = root is not None and all(one.inputs or one.kind in _LEAVES for one in root.walk())
    return root if whole else None


def _nodes(text: str) -> Iterator[tuple[int, Node, str]]:
    for line in text.splitlines():
        found = _LINE.match(line)
        if found is None:
            yield 0, Node("", {}), ""
        else:
            rest, number = found["rest"], ""
            reused = _REUSED.search(rest)
            if reused is not None:
                rest, number = rest[: reused.start()], reused[1]
            yield len(found["indent"]), Node(found["kind"], dict(_says(rest))), number


def _says(text: str) -> Iterator[tuple[str, str]]:
    """`(key=[value], …)`, with whatever brackets the values hold.

    This plan does not escape literals: one that holds quotes or brackets could be read as anything, so its operator is
    taken whole, as `raw`.
    """
    text = text.replace("'w$", "w$")
    if "'" in _PLAIN_LITERAL.sub("", text):
        yield RAW, text
        return
    at = 0
    while (found := _KEY.search(text, at)) is not None:
        end, depth = found.end(), 1
        while end < len(text) and depth:
            depth += (text[end] == "[") - (text[end] == "]")
            end += 1
        yield found[1], text[found.end() : end - 1]
        at = end


def listed(text: str) -> list[str]:
    """What commas separate, but those in brackets."""
    found, depth = [""], 0
    for char in text:
        depth += (char in "([{") - (char in ")]}")
        if char == "," and depth == 0:
            found.append("")
        else:
            found[-1] += char
    return [one.strip() for one in found if one.strip()]


def named(text: str) -> tuple[str, str]:
    """An item of a list as what it is and its name: `COUNT(*) AS n`, or a column alone."""
    depth = 0
    for at in range(len(text) - 1, -1, -1):
        depth += (text[at] in ")]}") - (text[at] in "([{")
        if depth == 0 and text.startswith(" AS ", at):
            return text[:at].strip(), text[at + 4 :].strip()
    return text, text
