"""Starts one program after ending what a kill -9 left of its predecessor.

A killed web server or worker leaves its child processes, which go on holding the port or taking tasks. Supervisor
knows only the parent, so the next start would fail or run beside them. Each program carries its name in its environment; this
ends all that carry the same one, waits until they are gone, and becomes the program, with the settings of its file:
supervisor's own configuration cannot quote every value, and this way holds no secret.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import psutil

from stack.supervision import MARK, leftovers


def main() -> None:
    """`python -m stack.guard FILE`; FILE is JSON: {"command": [program, argument…], "environment": {name: value}}."""
    program = json.loads(Path(sys.argv[1]).read_text())
    instance, _, name = os.environ[MARK].partition(":")
    old = leftovers(instance, name)
    for process in old:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(old, timeout=10)
    command = program["command"]
    os.execve(command[0], command, {**os.environ, **program["environment"]})


if __name__ == "__main__":
    main()
