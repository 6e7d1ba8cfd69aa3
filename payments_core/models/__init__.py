"""Every table of the core, one file per family."""

from payments_core.models.addresses import Address
from payments_core.models.disputes import Dispute, EvidenceFile
from payments_core.models.events import Delivery, Event, WebhookEndpoint
from payments_core.models.intents import PaymentIntent, PaymentLink, Subscription
from payments_core.models.ledger import Balance, ExchangeRate, LedgerEntry
from payments_core.models.lists import ListChange, ListMark
from payments_core.models.merchants import ApiKey, Merchant
from payments_core.models.payers import Card, Customer
from payments_core.models.payments import Attempt, Authentication, CaptureBatch, Payment, Refund
from payments_core.models.payouts import BankMessage, MerchantDebit, Payout, SimulatorTransfer
from payments_core.models.sepa import AccountCheck, DirectDebit, Mandate, SepaAccount
from payments_core.models.technical import (
    AcquirerOrder,
    AuditEntry,
    IdempotencySlot,
    PolicyVersion,
    ScriptedAnswer,
    SimulatorRecord,
)
from payments_core.models.terminals import SimulatorCard, SimulatorCryptogram, Terminal, TerminalBatch, TerminalSale

__all__ = [
    "AccountCheck",
    "AcquirerOrder",
    "Address",
    "ApiKey",
    "Attempt",
    "AuditEntry",
    "Authentication",
    "Balance",
    "BankMessage",
    "CaptureBatch",
    "Card",
    "Customer",
    "Delivery",
    "DirectDebit",
    "Dispute",
    "Event",
    "EvidenceFile",
    "ExchangeRate",
    "IdempotencySlot",
    "LedgerEntry",
    "ListChange",
    "ListMark",
    "Mandate",
    "Merchant",
    "MerchantDebit",
    "Payment",
    "PaymentIntent",
    "PaymentLink",
    "Payout",
    "PolicyVersion",
    "Refund",
    "ScriptedAnswer",
    "SepaAccount",
    "SimulatorCard",
    "SimulatorCryptogram",
    "SimulatorRecord",
    "SimulatorTransfer",
    "Subscription",
    "Terminal",
    "TerminalBatch",
    "TerminalSale",
    "WebhookEndpoint",
]
