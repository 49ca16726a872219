"""What we own and last applied: formats, versions, upgrades."""

from headgate.state.file import FileState, StateDamaged, StateTooNew, open_state
from headgate.state.records import resource_to_values, values_to_resource

__all__ = [
    "FileState",
    "StateDamaged",
    "StateTooNew",
    "open_state",
    "resource_to_values",
    "values_to_resource",
]
