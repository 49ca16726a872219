"""What we own and last applied: formats, versions, upgrades."""
