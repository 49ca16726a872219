"""What Conduktor Gateway can be told: statements of SQL topics, masks, manifests. Nothing here knows its API."""
