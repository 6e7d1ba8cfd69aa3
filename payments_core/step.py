"""One transaction of the clock: what the rows handled in it share, so that nothing is asked once per row."""

from __future__ import annotations

from payments_core.ledger import Balances
from payments_core.models import CaptureBatch
from payments_core.scope import Scope


class Step:
    """One merchant at one moment; `scope.now` is that moment, its actor the clock."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.balances = Balances(scope)
        self.capture_batch: CaptureBatch | None = None
