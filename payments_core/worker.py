"""The core's Celery worker. Tasks are hints: each opens the application and calls one function; `core.sweep` finds the rest."""

from __future__ import annotations

import os
from functools import cache

from celery import Celery
from flask import Flask

from payments_core import create_app
from payments_core.clocks import ADVANCE, advance
from payments_core.config import Config
from payments_core.delivery_pool import DeliveryPool
from payments_core.events import DELIVER
from payments_core.hints import BROKER_OPTIONS, QUEUE
from payments_core.sweep import sweep

celery = Celery("payments_core", broker=os.environ.get("CORE_REDIS_URL", ""))
celery.conf.update(
    task_default_queue=QUEUE,
    task_ignore_result=True,
    task_publish_retry=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,  # a broker that is away for long must not end the worker
    worker_cancel_long_running_tasks_on_connection_loss=True,
    broker_transport_options=BROKER_OPTIONS,
    worker_prefetch_multiplier=1,
    timezone="UTC",
)


@cache
def application() -> Flask:
    """The application of this worker process, made after the fork."""
    return create_app(Config.from_environment(os.environ), doors=())


@cache
def deliveries() -> DeliveryPool:
    """The threads that send webhooks, so that a slow receiver holds up nothing else."""
    return DeliveryPool(application())


@celery.task(name="core.sweep")  # type: ignore[untyped-decorator]
def sweep_all() -> None:
    """Every unfinished row."""
    with application().app_context():
        sweep()
    deliveries().send_due()


@celery.task(name=DELIVER)  # type: ignore[untyped-decorator]
def deliver_event(delivery_id: str) -> None:
    """Hint: this delivery was just committed."""
    deliveries().send_one(delivery_id)


@celery.task(name=ADVANCE)  # type: ignore[untyped-decorator]
def advance_clock(merchant_id: str) -> None:
    """Hint: this merchant's clock has a new goal."""
    with application().app_context():
        advance(merchant_id)
