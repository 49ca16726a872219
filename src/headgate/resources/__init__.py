"""The waist: desired things as plain ordered values, what each field costs to change, what a target can do."""

from headgate.resources._model import (
    Artifact,
    Capabilities,
    Effect,
    EffectOf,
    Resource,
    ResourceId,
    ResourceKind,
)

__all__ = ["Artifact", "Capabilities", "Effect", "EffectOf", "Resource", "ResourceId", "ResourceKind"]
