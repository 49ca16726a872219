"""Facts about a whole project, and the rules that judge them."""

from headgate.analysis.context import Context
from headgate.analysis.discovery import builtin_rules, run_rules
from headgate.analysis.rule import Rule, rule

__all__ = ["Context", "Rule", "builtin_rules", "rule", "run_rules"]
