"""What we own and last applied: formats, versions, upgrades."""

from headgate.state.file import open_state
from headgate.state.formats import StateDamaged, StateTooNew
from headgate.state.records import resource_to_values, values_to_resource
from headgate.state.store import LoggedState
from headgate.state.store import LoggedState as FileState

__all__ = [
    "FileState",
    "LoggedState",
    "StateDamaged",
    "StateTooNew",
    "open_state",
    "resource_to_values",
    "values_to_resource",
]
