"""The one scheduler: every 5 s it asks each service to look for unfinished rows. It knows task names, no code of theirs."""

from __future__ import annotations

import os

from celery import Celery

from stack import pulse

SWEEP_SECONDS = 5
SWEEPS = {"core.sweep": "core", "portal.sweep": "portal", "provisioner.sweep": "provisioner"}

celery = Celery("beat", broker=os.environ.get("BEAT_REDIS_URL", "redis+socket:///nonexistent"))
celery.conf.update(
    timezone="UTC",
    broker_connection_retry_on_startup=True,
    task_ignore_result=True,
    beat_schedule={
        name: {"task": name, "schedule": SWEEP_SECONDS, "options": {"queue": queue, "expires": 2 * SWEEP_SECONDS}}
        for name, queue in SWEEPS.items()
    },
    beat_max_loop_interval=1,
)
pulse.of_scheduler()
