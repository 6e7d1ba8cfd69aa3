<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Payment;

use Comptoir\PrestaShop\Database\Database;

if (!defined('_PS_VERSION_')) {
    exit;
}

/** Rows of the table `payment`: one per attempt to pay a cart, written before the API is called. */
final class Attempts
{
    public function __construct(private Database $database)
    {
    }

    /** @return array<string, mixed>|null the latest attempt to pay the cart */
    public function last(int $shopId, int $cartId): ?array
    {
        return $this->database->row('SELECT * FROM {payment} WHERE id_shop = ? AND id_cart = ? ORDER BY attempt DESC LIMIT 1', [$shopId, $cartId]);
    }

    /**
     * Stores attempt number `$number`. Call it alone per cart.
     *
     * @return array<string, mixed>
     */
    public function add(int $shopId, int $cartId, int $number, string $uniqueId, Price $price, string $cartLines): array
    {
        $this->database->run(
            'INSERT INTO {payment} (id_shop, id_cart, attempt, unique_id, live, amount, currency, cart_lines) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
            [$shopId, $cartId, $number, $uniqueId, (int) $price->live, $price->amount, $price->currency, $cartLines]
        );

        return $this->ofUniqueId($uniqueId) ?? throw new \LogicException('The attempt was not stored.');
    }

    /** @return array<string, mixed>|null */
    public function ofUniqueId(string $uniqueId): ?array
    {
        return $this->database->row('SELECT * FROM {payment} WHERE unique_id = ?', [$uniqueId]);
    }

    /** @return array<string, mixed>|null */
    public function ofPayment(string $paymentId): ?array
    {
        return $this->database->row('SELECT * FROM {payment} WHERE payment_id = ?', [$paymentId]);
    }

    /**
     * The row of a payment read from the API, found by its unique_id when the answer to its creation was lost.
     *
     * @param array<string, mixed> $payment
     *
     * @return array<string, mixed>|null null when the payment is not of this shop
     */
    public function adopt(array $payment): ?array
    {
        $row = $this->ofPayment((string) $payment['id']);
        if ($row === null && is_string($payment['unique_id'] ?? null)) {
            $row = $this->ofUniqueId($payment['unique_id']);
            if ($row !== null && $row['payment_id'] === null) {
                $this->attach((int) $row['id_payment'], (string) $payment['id']);
                $row['payment_id'] = (string) $payment['id'];
            }
        }

        return $row !== null && $row['payment_id'] === $payment['id'] ? $row : null;
    }

    public function attach(int $rowId, string $paymentId): void
    {
        $this->database->run('UPDATE {payment} SET payment_id = ? WHERE id_payment = ?', [$paymentId, $rowId]);
    }

    public function close(int $rowId): void
    {
        $this->database->run('UPDATE {payment} SET closed = 1 WHERE id_payment = ?', [$rowId]);
    }

    /** @param array<string, mixed> $payment as read from the API */
    public function record(int $rowId, array $payment, ?int $version): void
    {
        $this->database->run(
            'UPDATE {payment} SET status = ?, response = ?, closed = ?, version = GREATEST(version, ?) WHERE id_payment = ?',
            [$payment['status'] ?? null, $payment['response'] ?? null, (int) (Outcome::of($payment) === Outcome::Dead), $version ?? 0, $rowId]
        );
    }

    /**
     * The same while nothing is decided, without the lock: it must not write over what another process decided meanwhile.
     *
     * @param array<string, mixed> $payment
     */
    public function recordOpen(int $rowId, array $payment): void
    {
        $this->database->run('UPDATE {payment} SET response = ? WHERE id_payment = ? AND status IS NULL AND id_order IS NULL', [$payment['response'] ?? null, $rowId]);
    }

    public function linkOrder(int $rowId, int $orderId): void
    {
        $this->database->run('UPDATE {payment} SET id_order = ?, reference_pending = 1 WHERE id_payment = ?', [$orderId, $rowId]);
    }

    /** True for the payment that made the order; false for a further one, whose money is not due. */
    public function madeTheOrder(string $paymentId): bool
    {
        return $this->database->value('SELECT 1 FROM {claim} WHERE payment_id = ?', [$paymentId]) !== null;
    }

    /** @return array<int, array<string, mixed>> payments of an order, the one that made it first */
    public function ofOrder(int $orderId): array
    {
        return $this->database->rows(
            'SELECT p.* FROM {payment} p LEFT JOIN {claim} c ON c.id_shop = p.id_shop AND c.id_cart = p.id_cart AND c.payment_id = p.payment_id
             WHERE p.id_order = ? AND p.payment_id IS NOT NULL ORDER BY c.id_cart IS NULL, p.id_payment',
            [$orderId]
        );
    }
}
