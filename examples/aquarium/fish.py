"""A fish, which remembers where it is."""

from settings import WIDTH


class Fish:
    def __init__(self, place, speed):
        self.place = place
        self.speed = speed

    def swim(self):
        """Move on, and turn round at the glass."""
        self.place += self.speed
        if not 0 <= self.place < WIDTH:
            self.speed = -self.speed
            self.place = max(0, min(self.place, WIDTH - 1))

    def drawn(self):
        return "><>" if self.speed > 0 else "<><"
