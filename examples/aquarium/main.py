"""An aquarium: every look at it is a line."""

import asyncio
import contextlib

import settings
import tank


async def main():
    looks = 0
    while True:
        for fish in tank.FISHES:
            fish.swim()
        looks += 1
        print(f"{looks:>4} {tank.look()}", flush=True)
        await asyncio.sleep(settings.SECONDS)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
