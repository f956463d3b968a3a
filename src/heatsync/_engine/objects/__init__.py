"""Live objects: found without running their code, written so that it can be taken back, and poured."""
