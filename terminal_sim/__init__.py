"""A payment terminal for the counter: chip cards with PIN, ISO 8583 to the acquirer host, telecollection, receipts.

It knows none of the other packages: what it speaks is docs/terminal-protocol.md, what it needs to know comes with its enrolment.
"""
