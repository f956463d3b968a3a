"""What the game is like: edit it while you play."""

WIDTH, HEIGHT = 480, 640  # of the window, in pixels
HAND = 90  # the width of what catches
SPEED = 220  # pixels in a second
EVERY = 0.9  # seconds from one ball to the next
