"""Single values of examples, in the form a reader of reports may see: a token is shown as one, what shows nothing is named."""

from __future__ import annotations

from typing import Any

from headgate.observe.keys import KeysUnreadable, LocalKeys
from headgate.ports import ColumnForm
from headgate.schema import forms
from headgate.schema.values import print_value

CLEAR = "clear"


def as_seen(value: Any, form: ColumnForm, keys: LocalKeys | None) -> Any:
    """The value in its form, ready to print. Without keys that can be used, and where a form shows nothing, its name."""
    if form.form == CLEAR:
        return print_value(value)
    if value is None or isinstance(value, (str, bytes)):
        try:
            match form.form:
                case "hash" if keys is not None:
                    return print_value(forms.hashed(value, form.domain, keys.masking()))
                case "tokenization" if keys is not None:
                    return print_value(forms.tokenized(value, form.domain, keys.masking()))
                case "partial":
                    return print_value(forms.partial(value, form.keep_first, form.keep_last))
        except KeysUnreadable:
            pass  # `show` tells; a report shows less
    return f"[{form.form}]"
