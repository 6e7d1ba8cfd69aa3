"""Entries of the side menu. One is listed only when it leads to a page that works."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext

from merchant_portal import permissions


@dataclass(frozen=True)
class Entry:
    """`section` is the blueprint that marks the entry as the present one."""

    endpoint: str
    section: str
    label: Any
    icon: str
    permission: str = permissions.READ


MAIN = (
    Entry("dashboard.index", "dashboard", lazy_gettext("Dashboard"), "home"),
    Entry("payments.index", "payments", lazy_gettext("Mes Paiements"), "card"),
    Entry("refunds.index", "refunds", lazy_gettext("Remboursements"), "undo"),
    Entry("disputes.index", "disputes", lazy_gettext("Mes Contestations"), "shield"),
    Entry("payouts.index", "payouts", lazy_gettext("Mes Reversements"), "bank"),
    Entry("terminals.index", "terminals", lazy_gettext("Terminal"), "card"),
    Entry("statistics.index", "statistics", lazy_gettext("Statistiques"), "chart"),
    Entry("boutiques.index", "boutiques", lazy_gettext("Boutique en ligne"), "shop"),
)
SECOND = (
    Entry("keys.index", "keys", lazy_gettext("Clés d’API"), "key", permissions.KEYS),
    Entry("webhooks.index", "webhooks", lazy_gettext("Webhooks"), "bolt", permissions.KEYS),
    Entry("journal.index", "journal", lazy_gettext("Journal"), "list", permissions.JOURNAL),
    Entry("settings.index", "settings", lazy_gettext("Paramètres"), "gear"),
    Entry("help.index", "help", lazy_gettext("Aide"), "help"),
)
