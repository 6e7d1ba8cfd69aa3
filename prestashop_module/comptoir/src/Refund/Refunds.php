<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Refund;

use Comptoir\PrestaShop\Database\Database;

if (!defined('_PS_VERSION_')) {
    exit;
}

/** Rows of the table `refund`: which refund of the API is which credit slip of the shop. */
final class Refunds
{
    /** Statuses in which the money did not leave. */
    public const FAILED = ['failed', 'not_honored'];

    public function __construct(private Database $database)
    {
    }

    /**
     * The row of a refund read from the API. A refund asked for by a credit slip whose answer was lost is recognised by
     * payment and amount; anything else unknown came from outside and gets a new row.
     *
     * @param array<string, mixed> $refund
     *
     * @return array<string, mixed>
     */
    public function adopt(array $refund): array
    {
        $row = $this->ofId((string) $refund['id']);
        if ($row !== null) {
            return $row;
        }
        $waiting = $this->database->row(
            'SELECT * FROM {refund} WHERE payment_id = ? AND amount = ? AND refund_id IS NULL ORDER BY id_refund',
            [$refund['payment'], $refund['amount']]
        );
        if ($waiting !== null) {
            $this->answer((int) $waiting['id_refund'], (string) $refund['id']);
        } else {
            $this->database->run(
                "INSERT INTO {refund} (payment_id, refund_id, origin, amount, currency) VALUES (?, ?, 'api', ?, ?)",
                [$refund['payment'], $refund['id'], $refund['amount'], strtolower((string) $refund['currency'])]
            );
        }

        return $this->ofId((string) $refund['id']) ?? throw new \LogicException('The refund was not stored.');
    }

    /** @return array<string, mixed> the row to send, stored before the API is called */
    public function ask(string $paymentId, int $amount, string $currency, int $orderId, int $slipId): array
    {
        $this->database->run(
            "INSERT IGNORE INTO {refund} (payment_id, idempotency_key, origin, amount, currency, id_order, id_order_slip) VALUES (?, ?, 'shop', ?, ?, ?, ?)",
            [$paymentId, 'slip-' . bin2hex(random_bytes(12)), $amount, $currency, $orderId, $slipId]
        );

        return $this->database->row('SELECT * FROM {refund} WHERE id_order_slip = ?', [$slipId]) ?? throw new \LogicException('The refund was not stored.');
    }

    public function answer(int $rowId, string $refundId): void
    {
        $this->database->run('UPDATE {refund} SET refund_id = ? WHERE id_refund = ?', [$refundId, $rowId]);
    }

    public function forget(int $rowId): void
    {
        $this->database->run('DELETE FROM {refund} WHERE id_refund = ? AND refund_id IS NULL', [$rowId]);
    }

    public function record(int $rowId, string $status, ?int $version): void
    {
        $this->database->run('UPDATE {refund} SET status = ?, version = GREATEST(version, ?) WHERE id_refund = ?', [$status, $version ?? 0, $rowId]);
    }

    public function linkSlip(int $rowId, int $orderId, ?int $slipId): void
    {
        $this->database->run('UPDATE {refund} SET id_order = ?, id_order_slip = ? WHERE id_refund = ?', [$orderId, $slipId, $rowId]);
    }

    /** Takes the credit slip from a failed refund of the same amount: the new refund is what that slip was waiting for. */
    public function takeWaitingSlip(int $orderId, int $amount): ?int
    {
        $row = $this->database->row(
            "SELECT * FROM {refund} WHERE id_order = ? AND amount = ? AND status IN ('failed', 'not_honored') AND id_order_slip IS NOT NULL ORDER BY id_refund LIMIT 1",
            [$orderId, $amount]
        );
        if ($row === null) {
            return null;
        }
        $this->database->run('UPDATE {refund} SET id_order_slip = NULL WHERE id_refund = ?', [$row['id_refund']]);

        return (int) $row['id_order_slip'];
    }

    /** @return array<string, mixed>|null */
    public function ofId(string $refundId): ?array
    {
        return $this->database->row('SELECT * FROM {refund} WHERE refund_id = ?', [$refundId]);
    }

    /** @return array<int, array<string, mixed>> asked for but not answered: to be sent again with the same key */
    public function unanswered(): array
    {
        return $this->database->rows('SELECT * FROM {refund} WHERE refund_id IS NULL AND idempotency_key IS NOT NULL ORDER BY id_refund LIMIT 5');
    }

    /** Minor units given back or on their way, over all refunds of the payment. */
    public function total(string $paymentId): int
    {
        return (int) $this->database->value(
            "SELECT COALESCE(SUM(amount), 0) FROM {refund} WHERE payment_id = ? AND refund_id IS NOT NULL AND COALESCE(status, '') NOT IN ('failed', 'not_honored')",
            [$paymentId]
        );
    }

    /** @return array<int, array<string, mixed>> */
    public function ofOrder(int $orderId): array
    {
        return $this->database->rows('SELECT * FROM {refund} WHERE id_order = ? ORDER BY id_refund', [$orderId]);
    }
}
