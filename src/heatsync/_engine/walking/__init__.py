"""The one forward walk over a plan: which statements run again, why, and in what order."""
