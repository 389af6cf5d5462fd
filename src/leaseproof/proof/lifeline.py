"""Ends this process when the one that started it is gone, however it went."""

import os
import threading

PARENT_LOOK_SECONDS = 0.5
EXIT_CODE = 70


def follow_pipe(descriptor: int) -> None:
    """End this process as soon as nobody holds the pipe's write end any more."""

    def wait() -> None:
        while os.read(descriptor, 1):
            pass
        os._exit(EXIT_CODE)

    threading.Thread(target=wait, name="leaseproof-lifeline", daemon=True).start()


def follow_parent() -> None:
    """End this process soon after its parent is gone: for children that inherit no pipe."""
    parent = os.getppid()
    tick = threading.Event()

    def wait() -> None:
        while os.getppid() == parent:
            tick.wait(PARENT_LOOK_SECONDS)
        os._exit(EXIT_CODE)

    threading.Thread(target=wait, name="leaseproof-lifeline", daemon=True).start()
