"""Looks into a boutique's own database, as its back office would: the proof that an order exists once and is paid once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import docker.errors

from stack import engine
from stack.state import State
from stack.story.platform import NotHeld, wait_for

_QUERY = (
    "require '/var/www/html/config/config.inc.php';"
    "echo json_encode(Db::getInstance()->executeS(str_replace('PREFIX_', _DB_PREFIX_, $argv[1])));"
)


@dataclass(frozen=True)
class Shop:
    """One boutique, by its id."""

    state: State
    boutique: str

    @property
    def container_name(self) -> str:
        """The engine's name of its container."""
        return f"comptoir-{self.state.instance}-{self.boutique}"

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """Rows of a SELECT in the boutique's database; PREFIX_ stands for its table prefix.

        Waits while the container or its database is away. Raises NotHeld with what was answered last.
        """
        answers: list[str] = []

        def ask() -> bool:
            container = engine.client().containers.get(self.container_name)
            code, output = container.exec_run(["php", "-r", _QUERY, "--", sql], user="33:33", workdir="/var/www/html")
            assert isinstance(output, bytes)  # neither streamed nor a socket
            answers.append(output.decode())
            return code == 0

        try:
            wait_for(ask, "the boutique's database answers a question")
        except NotHeld as error:
            raise NotHeld(f"{error}; it said: {''.join(answers[-1:])[-400:]}") from None
        return list(json.loads(answers[-1][answers[-1].index("[") :]))

    def orders(self) -> list[dict[str, Any]]:
        """Its orders: id_order, reference, total, payments (count), paid, slip_count, slips; amounts in minor units."""
        return self.rows(
            "SELECT o.id_order, o.reference, ROUND(o.total_paid * 100) AS total, s.paid AS state_is_paid, "
            "(SELECT COUNT(*) FROM PREFIX_order_payment p WHERE p.order_reference = o.reference) AS payments, "
            "(SELECT COALESCE(ROUND(SUM(p.amount) * 100), 0) FROM PREFIX_order_payment p "
            " WHERE p.order_reference = o.reference) AS paid, "
            "(SELECT COUNT(*) FROM PREFIX_order_slip c WHERE c.id_order = o.id_order) AS slip_count, "
            "(SELECT COALESCE(ROUND(SUM(c.amount + c.shipping_cost_amount) * 100), 0) FROM PREFIX_order_slip c "
            " WHERE c.id_order = o.id_order) AS slips "
            "FROM PREFIX_orders o JOIN PREFIX_order_state s ON s.id_order_state = o.current_state ORDER BY o.id_order"
        )

    def exists_in_engine(self) -> bool:
        """Whether any container of this boutique exists, running or not."""
        try:
            engine.client().containers.get(self.container_name)
        except docker.errors.NotFound:
            return False
        return True
