"""Who acts, for which merchant, in which mode and when: the first argument of every domain function."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from payments_core.clock import merchant_time
from payments_core.models import Merchant


@dataclass(frozen=True)
class Scope:
    """One merchant in one mode at one moment. Objects of another merchant or mode are invisible through it."""

    merchant_id: str
    live: bool
    now: datetime  # the merchant's time: test clocks run ahead of the real one
    real_now: datetime  # for retries, leases and signatures, which never follow a test clock
    actor: str  # "key:key_…", "person:…", "payer", "clock"; kept in the timeline
    source: str = "api"  # api, page, boutique …: where a payment made in this scope comes from
    label: str | None = None  # the boutique's label when the key carries one
    merchant_status: str = "test_only"  # live payments are for active merchants only
    no_listeners: bool = False  # no webhook endpoint listened in this place when the request began

    def at(self, moment: datetime) -> Scope:
        """The same scope at another moment of the merchant's time."""
        return replace(self, now=moment)

    def acting(self, actor: str) -> Scope:
        """The same scope for another actor."""
        return replace(self, actor=actor)


class Owner(Protocol):
    """A merchant's row, or the part of it that a scope is made of."""

    @property
    def id(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def clock_offset_seconds(self) -> int: ...


def scope_of(
    merchant: Owner | Merchant,
    live: bool,
    real_now: datetime,
    actor: str,
    source: str = "api",
    label: str | None = None,
    no_listeners: bool = False,
) -> Scope:
    """The scope of a merchant at its own present time."""
    return Scope(
        merchant_id=merchant.id,
        live=live,
        now=merchant_time(real_now, live, merchant.clock_offset_seconds),
        real_now=real_now,
        actor=actor,
        source=source,
        label=label,
        merchant_status=merchant.status,
        no_listeners=no_listeners,
    )
