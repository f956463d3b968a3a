"""The lamp: something that must be put out before another one is lit."""

from heatsync import temporary

COLOR = "white"


class Lamp:
    def __init__(self, color):
        self.color = color

    def __enter__(self):
        print(f"the {self.color} lamp is lit", flush=True)
        return self

    def __exit__(self, *error):
        print(f"the {self.color} lamp is out", flush=True)


lamp = temporary.resource(Lamp(COLOR), exclusive=True)
