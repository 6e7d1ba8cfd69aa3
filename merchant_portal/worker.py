"""The Celery worker: queue `portal`, one task that others know by name."""

from __future__ import annotations

import logging
import os
from functools import cache

from celery import Celery
from celery.signals import worker_ready
from flask import Flask

from merchant_portal import hints, sweep
from merchant_portal.application import create_app
from merchant_portal.config import Config

_config = Config.from_environment(os.environ)
celery = Celery("merchant_portal", broker=_config.redis_url)
celery.conf.update(
    task_default_queue="portal",
    task_ignore_result=True,
    task_acks_late=False,  # a task is only a hint: what it was about is in a row
    worker_pool="threads",
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    broker_transport_options=hints.BROKER_OPTIONS,
    task_publish_retry=False,
    accept_content=["json"],
    timezone="UTC",
)
logging.getLogger("merchant_portal").setLevel(logging.INFO)


@cache
def application() -> Flask:
    """This process's application, made on first use."""
    return create_app(_config)


@celery.task(name="portal.sweep")
def portal_sweep() -> None:
    """Finds everything unfinished."""
    sweep.sweep(application())


@worker_ready.connect
def _sweep_at_once(**_: object) -> None:
    """What a crash left is looked at when the worker is back, not at the next beat."""
    portal_sweep.apply_async(expires=10)
