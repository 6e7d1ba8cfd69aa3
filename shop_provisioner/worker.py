"""The Celery worker: queue ``provisioner``, two tasks the others know by name.

Threads, not forked children: killing the worker ends everything it was doing, and the sweep takes over from the rows.
"""

import functools
import logging
from typing import Any
from uuid import UUID

from celery import Celery
from celery.signals import worker_ready

from shop_provisioner import commands, config, mails, reconcile
from shop_provisioner import sweep as sweeping
from shop_provisioner.provisioner import Provisioner, connect

COMMAND_LOCK_SECONDS = 10

_settings = config.load()
celery = Celery("shop_provisioner", broker=_settings.redis_url)
celery.conf.update(
    task_default_queue="provisioner",
    task_ignore_result=True,
    task_acks_late=False,  # a task is only a hint: what it was about is in a row
    worker_pool="threads",
    worker_concurrency=4,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    accept_content=["json"],
)
logging.getLogger("shop_provisioner").setLevel(logging.INFO)


@functools.cache
def provisioner() -> Provisioner:
    """This process's provisioner, made on first use."""
    return connect(_settings)


@celery.task(name="provisioner.command")
def command(command_id: str, action: str, merchant_id: str, person: str, **target: Any) -> None:
    """Accepts or refuses the command, and does it at once when it can."""
    p = provisioner()
    order = commands.Order(
        UUID(command_id), action, merchant_id, person, target.get("boutique_id"), target.get("domain")
    )
    boutique_id = commands.accept(p, order)
    if boutique_id:
        reconcile.reconcile(p, boutique_id, wait_seconds=COMMAND_LOCK_SECONDS)
        mails.send_due(p)


@celery.task(name="provisioner.reconcile")
def reconcile_one(boutique_id: str, repair: bool = False) -> None:
    """Brings one boutique to its wanted state."""
    reconcile.reconcile(provisioner(), boutique_id, repair=repair)


@celery.task(name="provisioner.sweep")
def sweep() -> None:
    """Finds everything unfinished."""
    sweeping.sweep(
        provisioner(), lambda boutique_id, repair: reconcile_one.apply_async((boutique_id, repair), expires=30)
    )


@worker_ready.connect
def _sweep_at_once(**_: object) -> None:
    """What a crash left is looked at when the worker is back, not at the next beat."""
    sweep.apply_async(expires=10)
