"""One batch while it is applied: what came out different so far, and who has to know."""
