"""Every name once: parsed and printed in one place, immutable."""

from headgate.addresses._model import Address, ColumnAddress, Kind

__all__ = ["Address", "ColumnAddress", "Kind"]
