"""Files to trees that remember positions: YAML documents, templated SQL, source maps."""

from headgate.syntax.document import Document, Path, Place
from headgate.syntax.template import Call, Piece, Rendered

__all__ = ["Call", "Document", "Path", "Piece", "Place", "Rendered"]
