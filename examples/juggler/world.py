"""What there is, and what becomes of it."""

from __future__ import annotations

import random
from dataclasses import dataclass

import settings


@dataclass
class Ball:
    x: float
    y: float = 0.0

    def fall(self, seconds: float) -> None:
        self.y += settings.SPEED * seconds


class World:
    def __init__(self) -> None:
        self.hand = settings.WIDTH / 2
        self.balls: list[Ball] = []
        self.caught = self.dropped = 0
        self._until_next = 0.0

    def step(self, seconds: float, direction: int) -> None:
        self.hand += 2 * settings.SPEED * seconds * direction
        self.hand = min(max(self.hand, 0), settings.WIDTH)
        self._until_next -= seconds
        if self._until_next <= 0:
            self.balls.append(Ball(random.uniform(0, settings.WIDTH)))
            self._until_next = settings.EVERY
        for ball in self.balls[:]:
            ball.fall(seconds)
            if ball.y >= settings.HEIGHT - 20:
                self.balls.remove(ball)
                self.count(abs(ball.x - self.hand) <= settings.HAND / 2)

    def count(self, is_caught: bool) -> None:
        self.caught += is_caught
        self.dropped += not is_caught


WORLD = World()
