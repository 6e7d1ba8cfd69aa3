"""What can go wrong at a terminal, in words for the person in front of it."""

from __future__ import annotations


class TerminalError(Exception):
    """Base. The text says what happened and what to do."""


class NotEnrolled(TerminalError):
    """The folder holds no enrolment, or a malformed one."""


class CardError(TerminalError):
    """The card cannot be used: unknown, expired, or its chip refuses."""


class HostUnreachable(TerminalError):
    """No connection, or no answer in time. What was asked may have happened."""


class HostFault(TerminalError):
    """The host's answer is malformed, about something else, or its MAC is wrong; it counts as no answer."""


class NotPossible(TerminalError):
    """The terminal's own state forbids it: nothing to cancel, already collected, a wrong amount."""
