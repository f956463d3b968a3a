"""A lighthouse that shines while it is rebuilt."""

import threading

import keeper

if __name__ == "__main__":
    print(f"a flash every {keeper.SECONDS} s; Ctrl-C to end", flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        print("good night", flush=True)
