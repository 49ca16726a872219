"""Files to trees that remember positions: YAML documents, templated SQL, source maps."""

from headgate.syntax.document import Document, Path, Place

__all__ = ["Document", "Path", "Place"]
