"""A game that is edited while it is played: catch what falls. Left and right move you."""

from __future__ import annotations

import contextlib

import pygame

from heatsync import Heatsync

sync = Heatsync(apply="manual")
sync.track(".")

import look  # noqa: E402
import settings  # noqa: E402
from world import WORLD  # noqa: E402


def main() -> None:
    pygame.init()
    screen = pygame.display.set_mode((settings.WIDTH, settings.HEIGHT))
    clock, told = pygame.time.Clock(), ""
    while not pygame.event.peek(pygame.QUIT):
        sync.checkpoint()  # what was saved is live from here on: a frame is old or new as a whole
        keys = pygame.key.get_pressed()
        WORLD.step(clock.tick(60) / 1000, keys[pygame.K_RIGHT] - keys[pygame.K_LEFT])
        look.draw(screen, WORLD)
        pygame.display.flip()
        if told != (told := look.title(WORLD)):
            print(told, flush=True)
            pygame.display.set_caption(told)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
