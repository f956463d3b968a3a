"""How the aquarium looks."""

WIDTH = 48
WATER = "~"
SECONDS = 0.25  # between two looks
