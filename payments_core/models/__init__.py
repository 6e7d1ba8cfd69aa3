"""Every table of the core, one file per family."""

from payments_core.models.disputes import Dispute, EvidenceFile
from payments_core.models.events import Delivery, Event, WebhookEndpoint
from payments_core.models.ledger import Balance, LedgerEntry
from payments_core.models.merchants import ApiKey, Merchant
from payments_core.models.payers import Card, Customer
from payments_core.models.payments import Attempt, Authentication, CaptureBatch, Payment, Refund
from payments_core.models.payouts import BankMessage, Payout, SimulatorTransfer
from payments_core.models.technical import AcquirerOrder, AuditEntry, IdempotencySlot, PolicyVersion, SimulatorRecord
from payments_core.models.terminals import SimulatorCard, SimulatorCryptogram, Terminal, TerminalBatch, TerminalSale

__all__ = [
    "AcquirerOrder",
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
    "Dispute",
    "Event",
    "EvidenceFile",
    "IdempotencySlot",
    "LedgerEntry",
    "Merchant",
    "Payment",
    "Payout",
    "PolicyVersion",
    "Refund",
    "SimulatorCard",
    "SimulatorCryptogram",
    "SimulatorRecord",
    "SimulatorTransfer",
    "Terminal",
    "TerminalBatch",
    "TerminalSale",
    "WebhookEndpoint",
]
