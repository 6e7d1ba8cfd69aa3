"""Progress on stderr with elapsed time: one line a step, rewritten in place on a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


class Progress:
    """Prints steps as they begin and end. Times are seconds since the object was made."""

    def __init__(self, stream: TextIO = sys.stderr, quiet: bool = False) -> None:
        self.stream, self.quiet, self.began = stream, quiet, time.monotonic()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """One step: « · name » while it runs, « ✓ name » with its time, « ✗ name » when it fails."""
        started = time.monotonic()
        self._line(f"  · {name} …", transient=True)
        try:
            yield
        except BaseException:
            self._line(f"  ✗ {name}  ({time.monotonic() - started:.1f} s)")
            raise
        self._line(f"  ✓ {name}  ({time.monotonic() - started:.1f} s, {time.monotonic() - self.began:.1f} s in all)")

    def say(self, text: str) -> None:
        """One line of text."""
        self._line(text)

    def _line(self, text: str, transient: bool = False) -> None:
        if self.quiet:
            return
        terminal = self.stream.isatty()
        if transient and not terminal:
            return
        print(("\r\033[K" if terminal else "") + text, end="" if transient else "\n", file=self.stream, flush=True)
