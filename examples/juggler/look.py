"""How it looks."""

from __future__ import annotations

import pygame
import settings
from world import World

SKY = "midnightblue"
BALL = "gold"
HAND = "white"


def draw(screen: pygame.Surface, world: World) -> None:
    screen.fill(SKY)
    for ball in world.balls:
        pygame.draw.circle(screen, BALL, (ball.x, ball.y), 8)
    hand = pygame.Rect(0, 0, settings.HAND, 10)
    hand.center = (int(world.hand), settings.HEIGHT - 15)
    pygame.draw.rect(screen, HAND, hand)


def title(world: World) -> str:
    return f"{world.caught} caught, {world.dropped} dropped"
