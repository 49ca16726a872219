"""A purpose is one that the project knows, or none that looks like a misspelling of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches

from headgate.analysis import named
from headgate.analysis.context import Context
from headgate.analysis.rule import rule
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.project.suggest import did_you_mean, listed

CODE = Code("HGS021", "unknown-purpose", Severity.ERROR)

CLOSE = 0.85
"""How alike two purposes are before one is taken for the other, misspelled."""


@rule(CODE)
def check(ctx: Context) -> Iterator[Diagnostic]:
    namings = list(named.purposes(ctx))
    declared = ctx.project.purposes
    often = Counter(n.name for n in namings)
    granted = {n.name for n in namings if not n.uses}
    for naming in namings:
        node = str(naming.node) if naming.node is not None else None
        if declared:
            if naming.name not in declared:
                yield CODE.at(
                    naming.place.span(), f"no purpose is called `{naming.name}`", node=node
                ).with_help(
                    did_you_mean(naming.name, declared) or f"the project's `purposes` are {listed(declared)}"
                )
            continue
        known = granted if naming.uses else {name for name in often if often[name] > often[naming.name]}
        close = [] if naming.name in known else get_close_matches(naming.name, sorted(known), 1, CLOSE)
        if close:
            yield CODE.at(
                naming.place.span(),
                f"the purpose `{naming.name}` looks like `{close[0]}`, and is another",
                node=node,
                severity=Severity.WARNING,
            ).with_help(f"did you mean `{close[0]}`? `purposes` in `headgate.yml` lists those that there are")
