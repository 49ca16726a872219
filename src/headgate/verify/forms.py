"""Forms of the permission graph as those who show values are given them."""

from __future__ import annotations

from headgate.graph.permissions.form import Form
from headgate.ports import ColumnForm


def column_form(name: str, form: Form) -> ColumnForm:
    """The form in which a column is to be shown, with all that making it needs."""
    return ColumnForm(
        column=name,
        form=form.method,
        domain=form.domain,
        keep_first=form.keep_first,
        keep_last=form.keep_last,
        key=form.key,
    )
