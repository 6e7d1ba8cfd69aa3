"""Parts of long lists: payments along their processing, counts by part, and a note of each row that changes its parts late.

The notes are written by triggers, so that no writer can forget one: neither the statements of a sale nor the previous release, which
may go on beside this one. It keeps its own counts in `kinds`. Where it comes back alone, take this revision back: nobody would forget
the notes.

The indexes are made first and without holding up sales; a start that was stopped among them makes them again.

Revision ID: 0020
Revises: 0019
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_PLACE = ["merchant_id", "live"]
# Marks are made over rows older than five minutes. What changes in half a one is counted as it is by then.
_SOON = "interval '30 seconds'"

# Table: the columns that parts are made by, further conditions of a change worth a note, whose list it is.
_OWN = "NEW.merchant_id, NEW.live"
_NOTED: dict[str, tuple[tuple[str, ...], str, str]] = {
    "payments": (
        ("card_id", "sepa_account_id", "order_id"),
        f"OR (OLD.paid_at IS DISTINCT FROM NEW.paid_at AND NEW.paid_at > NEW.created_at + {_SOON})",
        _OWN,
    ),
    "payment_intents": (("order_id", "card_id", "sepa_account_id", "customer_id", "date_settlement"), "", _OWN),
    "customers": (("external_id", "email", "name", "country", "legal_id", "deleted_at"), "", _OWN),
    "cards": (("customer_id", "deleted_at"), "", _OWN),
    "sepa_accounts": (("customer_id", "deleted_at"), "", _OWN),
    "deliveries": (
        ("state",),
        f"AND (NEW.delivered_at IS NULL OR NEW.delivered_at > NEW.created_at + {_SOON})",
        "NEW.endpoint_id, (SELECT live FROM webhook_endpoints WHERE id = NEW.endpoint_id)",
    ),
}
_INDEXES = (
    (
        "ix_list_marks_name_merchant_id_live_created_at_row_id",
        "list_marks",
        ["name", *_PLACE, "created_at", "row_id"],
        None,
    ),
    ("ix_payments_merchant_id_live_paid_at_id", "payments", [*_PLACE, "paid_at", "id"], "paid_at IS NOT NULL"),
    ("ix_payment_intents_card_id", "payment_intents", ["card_id"], "card_id IS NOT NULL"),
    ("ix_payment_intents_sepa_account_id", "payment_intents", ["sepa_account_id"], "sepa_account_id IS NOT NULL"),
    (
        "ix_payment_intents_merchant_id_live_date_settlement",
        "payment_intents",
        [*_PLACE, "date_settlement", "created_at", "id"],
        "date_settlement IS NOT NULL",
    ),
    ("ix_customers_merchant_id_live_name", "customers", [*_PLACE, "name"], "name IS NOT NULL"),
    ("ix_customers_merchant_id_live_country", "customers", [*_PLACE, "country"], "country IS NOT NULL"),
    ("ix_customers_merchant_id_live_legal_id", "customers", [*_PLACE, "legal_id"], "legal_id IS NOT NULL"),
)


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for name, table, columns, there in _INDEXES:
            op.drop_index(name, table_name=table, if_exists=True, postgresql_concurrently=True)
            where = sa.text(there) if there else None
            op.create_index(name, table, columns, postgresql_where=where, postgresql_concurrently=True)
    # The default keeps the previous release able to make marks.
    op.add_column(
        "list_marks",
        sa.Column(
            "counts",
            JSONB(),
            nullable=False,
            server_default=sa.text("'{}'"),
            comment="rows by part (list_counts.py) between the mark before and this one, of parts somebody has asked for",
        ),
    )
    op.create_table(
        "list_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("name", sa.String(length=32), nullable=False, comment="as in list_marks"),
        sa.Column("owner_id", sa.String(length=32), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column(
            "moment",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="of the row, in the column the list lies along",
        ),
        sa.Column("row_id", sa.String(length=32), nullable=False),
        sa.Column(
            "noted_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.text("now()"),
            comment="real time",
        ),
    )
    op.create_index("ix_list_changes_name_owner_id_live", "list_changes", ["name", "owner_id", "live"])
    for table, (columns, further, owner) in _NOTED.items():
        op.execute(_function(table, owner))
        op.execute(_trigger(table, columns, further))


def downgrade() -> None:
    for table in _NOTED:
        op.execute(f"DROP TRIGGER {table}_note_change ON {table}")
        op.execute(f"DROP FUNCTION note_{table}_change()")
    for name, table, _, _ in _INDEXES:
        op.drop_index(name, table_name=table)
    op.drop_table("list_changes")
    op.drop_column("list_marks", "counts")


def _function(table: str, owner: str) -> str:
    along_processing = """
            IF OLD.paid_at IS NOT NULL THEN
                INSERT INTO list_changes (name, owner_id, live, moment, row_id)
                VALUES ('payments.paid_at', NEW.merchant_id, NEW.live, OLD.paid_at, NEW.id);
            END IF;"""
    return f"""
        CREATE FUNCTION note_{table}_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO list_changes (name, owner_id, live, moment, row_id)
            VALUES ('{table}', {owner}, NEW.created_at, NEW.id);{along_processing if table == "payments" else ""}
            RETURN NULL;
        END
        $$"""


def _trigger(table: str, columns: tuple[str, ...], further: str) -> str:
    of = ", ".join((*columns, "paid_at") if table == "payments" else columns)
    before, after = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    return f"""
        CREATE TRIGGER {table}_note_change AFTER UPDATE OF {of} ON {table} FOR EACH ROW
        WHEN (({before}) IS DISTINCT FROM ({after}) {further}) EXECUTE FUNCTION note_{table}_change()"""
