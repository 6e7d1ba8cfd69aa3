"""The statements of stored_payments.py: one chunk of payments as a temporary table, then the rows of each table from it.

Where a payment's money is follows from its age alone: pending until its bank date, held for the days of the hold, then available.
"""

from __future__ import annotations

# In the order in which a payment writes them.
FILLED = ("payments", "attempts", "events", "simulator_records", "ledger_entries", "balances", "list_marks")

# Ids as db.new_id makes them: base 62 of the microseconds, then 15 random characters.
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_STAMP = " || ".join(f"substr('{_DIGITS}', (us / {62**place} % 62)::integer + 1, 1)" for place in reversed(range(9)))
_RANDOM = "substr(md5(random()::text), 1, 15)"

# The merchant's number grows with the cube of a random one: the first of a thousand merchants has a tenth of all payments.
NEW_PAYMENTS = f"""
    CREATE TEMPORARY TABLE new_payments AS
    WITH merchants_in_line AS (
        SELECT id, row_number() OVER (ORDER BY reference) - 1 AS place, count(*) OVER () AS merchants
        FROM merchants WHERE reference LIKE :own
    ), cards_in_line AS (
        SELECT id, merchant_id, row_number() OVER (PARTITION BY merchant_id ORDER BY id) - 1 AS place,
               count(*) OVER (PARTITION BY merchant_id) AS cards
        FROM cards WHERE NOT live AND deleted_at IS NULL
    ), drawn AS (
        SELECT number, 50 + floor(random() ^ 3 * 50000)::bigint AS amount, random() < 0.05 AS refused,
               floor(random() ^ 3 * (SELECT count(*) FROM merchants_in_line)) AS merchant_place, random() AS card_draw,
               CAST(:now AS timestamptz) - interval '5 minutes'
               - interval '365 days' * ((:missing - number - random()) / CAST(:missing AS double precision)) AS created_at
        FROM generate_series(CAST(:first AS bigint), CAST(:first AS bigint) + :count - 1) AS number
    ), dated AS (
        SELECT drawn.*, m.id AS merchant_id, c.id AS card_id,
               (amount * :basis_points + :fixed * 10000 + 5000) / 10000 AS fee,
               bank.day AS date_bank, {_STAMP} AS stamp,
               (bank.day + make_interval(hours => :settlement_hour)) AT TIME ZONE 'Europe/Paris' AS settles_at,
               (bank.day + make_interval(days => :hold_days + 1)) AT TIME ZONE 'Europe/Paris' AS released_at
        FROM drawn
        JOIN merchants_in_line m ON m.place = merchant_place
        JOIN cards_in_line c ON c.merchant_id = m.id AND c.place = floor(card_draw * c.cards)
        CROSS JOIN LATERAL (SELECT (created_at AT TIME ZONE 'Europe/Paris')::date AS today) AS paris
        CROSS JOIN LATERAL (SELECT floor(extract(epoch FROM created_at) * 1000000)::bigint AS us) AS unix
        CROSS JOIN LATERAL (
            SELECT today + CASE extract(isodow FROM today) WHEN 5 THEN 3 WHEN 6 THEN 2 ELSE 1 END AS day
        ) AS bank
    )
    SELECT dated.*, 'paym_' || stamp || {_RANDOM} AS id, 'atpt_' || stamp || {_RANDOM} AS attempt_id,
           upper(substr(md5(random()::text), 1, 6)) AS code,
           CASE WHEN refused THEN NULL WHEN released_at <= :now THEN 'available' WHEN settles_at <= :now THEN 'held'
                ELSE 'pending' END AS funds
    FROM dated"""  # noqa: S608  names of this file

_PAYMENTS = """
    INSERT INTO payments (id, merchant_id, live, amount, authorized_amount, currency, description, order_id, method, card_id,
        capture, status, response, response_author, auth_requested, country, fee, policy_version, origin, source, attempts_left,
        attempt_id, created_at, paid_at, captured_at, date_bank, due_at, funds, refunded_amount, disputed_amount, version)
    SELECT id, merchant_id, false, amount, amount, 'eur', 'Basket ' || number, 'stored-' || number, 'card', card_id,
        true, CASE WHEN refused THEN 'refused' ELSE 'captured' END, CASE WHEN refused THEN '51' ELSE '00' END,
        CASE WHEN NOT refused THEN code END, false, 'FR', CASE WHEN refused THEN 0 ELSE fee END,
        CASE WHEN NOT refused THEN CAST(:policy_version AS bigint) END, 1, 'api', :attempts,
        CASE WHEN NOT refused THEN attempt_id END, created_at, created_at, CASE WHEN NOT refused THEN created_at END,
        CASE WHEN NOT refused THEN date_bank END,
        CASE funds WHEN 'pending' THEN settles_at WHEN 'held' THEN released_at END, funds, 0, 0, 2
    FROM new_payments ORDER BY number"""

_ATTEMPTS = """
    INSERT INTO attempts (id, payment_id, merchant_id, live, card_id, amount, currency, capture, result, response,
        authorization_code, created_at, asked_at, asks, answered_at)
    SELECT attempt_id, id, merchant_id, false, card_id, amount, 'eur', true,
        CASE WHEN refused THEN 'declined' ELSE 'accepted' END, CASE WHEN refused THEN '51' ELSE '00' END,
        CASE WHEN NOT refused THEN code END, created_at, created_at, 1, created_at + interval '20 milliseconds'
    FROM new_payments ORDER BY number"""

_EVENTS = f"""
    INSERT INTO events (id, merchant_id, live, type, object_id, version, actor, data, created_at)
    SELECT 'evt_' || stamp || {_RANDOM}, merchant_id, false,
        CASE version WHEN 1 THEN 'payment.created' ELSE CASE WHEN refused THEN 'payment.refused' ELSE 'payment.captured' END END,
        id, version, 'bench',
        CASE WHEN version = 1 THEN jsonb_build_object('amount', amount)
             WHEN refused THEN jsonb_build_object('response', '51')
             ELSE jsonb_build_object('amount', amount, 'response', '00') END, created_at
    FROM new_payments CROSS JOIN generate_series(1, 2) AS version ORDER BY number, version"""  # noqa: S608

_RECORDS = """
    INSERT INTO simulator_records (reference, kind, amount, currency, response, authorization_code, immediate, asked, created_at)
    SELECT attempt_id, 'authorization', amount, 'eur', CASE WHEN refused THEN '51' ELSE '00' END,
        CASE WHEN NOT refused THEN code END, NOT refused, 1, created_at
    FROM new_payments ORDER BY number"""

# The rules of ledger.RULES that a captured payment meets, each from the stage on at which it is posted.
_ENTRIES = """
    INSERT INTO ledger_entries (merchant_id, live, currency, debit, credit, amount, code, reference, created_at)
    SELECT merchant_id, false, 'eur', debit, credit, posted, rule, id, at
    FROM new_payments CROSS JOIN LATERAL (VALUES
        (1, 'capture', 'acquirer_receivable', 'merchant_pending', amount, created_at, true),
        (2, 'fee', 'merchant_pending', 'fee_income', fee, created_at, true),
        (3, 'settlement', 'bank', 'acquirer_receivable', amount, settles_at, funds IN ('held', 'available')),
        (4, 'hold', 'merchant_pending', 'merchant_held', amount - fee, settles_at, funds IN ('held', 'available')),
        (5, 'release', 'merchant_held', 'merchant_available', amount - fee, released_at, funds = 'available')
    ) AS posting (step, rule, debit, credit, posted, at, due)
    WHERE NOT refused AND due AND posted > 0 ORDER BY number, step"""

ROWS = (_PAYMENTS, _ATTEMPTS, _EVENTS, _RECORDS, _ENTRIES)

BALANCES = """
    MERGE INTO balances AS b USING (
        SELECT merchant_id, sum(amount - fee) FILTER (WHERE funds = 'pending') AS pending,
               sum(amount - fee) FILTER (WHERE funds = 'held') AS held,
               sum(amount - fee) FILTER (WHERE funds = 'available') AS available
        FROM new_payments WHERE NOT refused GROUP BY merchant_id
    ) AS n ON (b.merchant_id, b.live, b.currency) = (n.merchant_id, false, 'eur')
    WHEN MATCHED THEN UPDATE SET pending = b.pending + coalesce(n.pending, 0), held = b.held + coalesce(n.held, 0),
        available = b.available + coalesce(n.available, 0)
    WHEN NOT MATCHED THEN INSERT (merchant_id, live, currency, pending, held, available, in_transit, refunded_fees, paid_out_entry)
        VALUES (n.merchant_id, false, 'eur', coalesce(n.pending, 0), coalesce(n.held, 0), coalesce(n.available, 0), 0, 0, 0)"""

# Added payments lie between those that were there: every mark of these lists is set again.
_FORGET_MARKS = """
    DELETE FROM list_marks WHERE name IN ('payments', 'payments.paid_at') AND NOT live
       AND merchant_id IN (SELECT id FROM merchants WHERE reference LIKE :own)"""


_MARKS = """
    INSERT INTO list_marks (name, merchant_id, live, position, created_at, row_id)
    SELECT 'payments', merchant_id, false, position, created_at, id FROM (
        SELECT merchant_id, created_at, id, row_number() OVER (PARTITION BY merchant_id ORDER BY created_at, id) AS position
        FROM payments WHERE NOT live AND merchant_id IN (SELECT id FROM merchants WHERE reference LIKE :own)
    ) AS placed
    WHERE position % :stride = 0 AND created_at < CAST(:now AS timestamptz) - interval '5 minutes'"""

_MARKS_BY_PROCESSING = """
    INSERT INTO list_marks (name, merchant_id, live, position, created_at, row_id)
    SELECT 'payments.paid_at', merchant_id, false, position, paid_at, id FROM (
        SELECT merchant_id, paid_at, id, row_number() OVER (PARTITION BY merchant_id ORDER BY paid_at, id) AS position
        FROM payments
        WHERE paid_at IS NOT NULL AND NOT live AND merchant_id IN (SELECT id FROM merchants WHERE reference LIKE :own)
    ) AS placed
    WHERE position % :stride = 0 AND paid_at < CAST(:now AS timestamptz) - interval '5 minutes'"""

MARKS = (_FORGET_MARKS, _MARKS, _MARKS_BY_PROCESSING)
