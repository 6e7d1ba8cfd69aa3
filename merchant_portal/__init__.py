"""The merchants' web space: server-rendered pages over the core's platform API and the provisioner's views.

Every page works without JavaScript; scripts only enhance. The portal keeps people, accounts, mails, wishes about boutiques and a
journal; it stores no key and moves no money itself.
"""

from merchant_portal.application import create_app

__all__ = ["create_app"]
