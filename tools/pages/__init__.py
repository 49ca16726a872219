"""What is generated under `docs/`: each module makes pages of what the code itself says."""
