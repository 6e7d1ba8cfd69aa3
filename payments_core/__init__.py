"""The payments core: accounts, keys, payments, refunds, ledger, events. It knows none of the other packages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from payments_core.clock import Clock, utc_now

if TYPE_CHECKING:
    from flask import Flask

    from payments_core.acquirer import Acquirer
    from payments_core.bank import Bank
    from payments_core.config import Config


def create_app(
    config: Config,
    clock: Clock = utc_now,
    doors: Sequence[str] = ("public",),
    acquirer: Acquirer | None = None,
    bank: Bank | None = None,
) -> Flask:
    """One application with the named doors: "public" (API, payment page, 3-D Secure) and "platform".

    `acquirer` and `bank` replace the simulators. No door at all makes an application for workers and commands.
    """
    from payments_core.application import build

    return build(config, clock, doors, acquirer, bank)
