"""Ctrl-C, SIGTERM and SIGHUP as one exception, once; later ones are only noted."""

import signal
from types import FrameType, TracebackType
from typing import Any

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(BaseException):
    """The gate was asked to end. Its text is the signal's name."""


class Signals:
    """Turns the first signal into :class:`Interrupted` in the main thread, inside a ``with`` block."""

    def __init__(self) -> None:
        self.received = ""  # name of the first signal
        self._held = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> "Signals":
        for number in ENDING_SIGNALS:
            self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def hold(self) -> None:
        """From now on raise nothing: what runs now must end."""
        self._held = True

    def check(self) -> None:
        """Raise what a signal raised where Python could only swallow it, as in a destructor."""
        if self.received and not self._held:
            raise Interrupted(self.received)

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        first = not self.received
        self.received = self.received or signal.Signals(number).name
        if first and not self._held:
            raise Interrupted(self.received)
