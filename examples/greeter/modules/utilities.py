"""Says what there is to say about a name."""


def epic(name):
    print(f"{name} is epic", flush=True)
