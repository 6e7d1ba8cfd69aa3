"""A sign of life of a Celery process that another can read without Celery: a file touched at each heartbeat.

A worker's heartbeat is sent by its consumer loop over a live broker connection, so a hung or cut-off worker falls silent; the
scheduler's is each task it published. Without PULSE_FILE nothing is touched. Loaded by `--include stack.pulse`.
"""

from __future__ import annotations

import os
from pathlib import Path

from celery.signals import after_task_publish, heartbeat_sent


def beat(**_: object) -> None:
    """Touches the file named by PULSE_FILE."""
    if path := os.environ.get("PULSE_FILE"):
        Path(path).touch()


heartbeat_sent.connect(beat)


def of_scheduler() -> None:
    """Counts published tasks as heartbeats; for the scheduler alone: a worker may publish while its own loop hangs."""
    after_task_publish.connect(beat)
