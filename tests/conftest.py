"""What holds for every test: a property is judged by what it finds, never by how long a loaded machine takes for it."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("headgate", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("headgate")
