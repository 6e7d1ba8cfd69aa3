"""The tables of the portal. Money, keys and payments are the core's; boutiques are the provisioner's."""

from merchant_portal.models.audit import AuditEntry
from merchant_portal.models.boutiques import BoutiqueCommand
from merchant_portal.models.mail import OutgoingMail
from merchant_portal.models.people import Account, Membership, PasswordReset, Person, SignUp, WebSession
from merchant_portal.models.throttle import Throttle

__all__ = [
    "Account",
    "AuditEntry",
    "BoutiqueCommand",
    "Membership",
    "OutgoingMail",
    "PasswordReset",
    "Person",
    "SignUp",
    "Throttle",
    "WebSession",
]
