"""What can be wrong with a file before anything is known of what it declares."""

from __future__ import annotations

from headgate.diagnostics import Code, Severity

NOT_UTF8 = Code("HGP001", "not-utf-8", Severity.ERROR)
YAML_SYNTAX = Code("HGP002", "yaml-syntax", Severity.ERROR)
DUPLICATE_KEY = Code("HGP003", "duplicate-key", Severity.ERROR)
YAML_TAG = Code("HGP004", "yaml-tag", Severity.ERROR)
TOO_MANY_ALIASES = Code("HGP005", "too-many-aliases", Severity.ERROR)
TAB = Code("HGP006", "tab-in-indentation", Severity.ERROR)
CONTROL_CHARACTER = Code("HGP007", "control-character", Severity.ERROR)
SLASH_COMMENT = Code("HGP008", "slash-comment", Severity.ERROR)
BARE_TEMPLATE = Code("HGP009", "unquoted-template", Severity.ERROR)
TOO_DEEP = Code("HGP010", "nested-too-deep", Severity.ERROR)
NOT_A_KEY = Code("HGP011", "key-is-no-text", Severity.ERROR)
SEVERAL_DOCUMENTS = Code("HGP012", "several-documents", Severity.ERROR)

TEMPLATE_SYNTAX = Code("HGP020", "template-syntax", Severity.ERROR)
TEMPLATE_NAME = Code("HGP021", "unknown-template-name", Severity.ERROR)
ENV_VAR_IN_SQL = Code("HGP022", "env-var-in-sql", Severity.ERROR)
IMPURE_TEMPLATE = Code("HGP023", "impure-template", Severity.ERROR)
TEMPLATE_ELSEWHERE = Code("HGP024", "template-not-rendered", Severity.ERROR)
TEMPLATE_FAILED = Code("HGP025", "template-failed", Severity.ERROR)
UNKNOWN_VARIABLE = Code("HGP026", "unknown-variable", Severity.ERROR)
TEMPLATE_ARGUMENTS = Code("HGP027", "template-arguments", Severity.ERROR)
