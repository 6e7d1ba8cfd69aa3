<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Order;

use Comptoir\PrestaShop\Database\Database;

if (!defined('_PS_VERSION_')) {
    exit;
}

/**
 * The right to make the order of a cart, given once.
 *
 * Three walls, each enough alone in the usual case. All makers of orders of a shop wait for one named lock, which the
 * database frees when its holder is killed. The claim, unique per shop and cart, is inserted in the same transaction as
 * the order, so a killed maker leaves neither: no lease has to run out before another may take over. Should the claim
 * have been stored without its order (some module's hook altered a table, which commits), the next holder of the lock
 * takes it over, looks for an order of the cart, and finishes the work.
 */
final class Claims
{
    private const WAIT_SECONDS = 6;

    public function __construct(private Database $database)
    {
    }

    /**
     * Runs the work as the only maker of orders of the shop, in one transaction.
     *
     * @throws \Comptoir\PrestaShop\Database\Busy
     */
    public function alone(int $shopId, callable $work): mixed
    {
        return $this->database->alone('orders ' . $shopId, self::WAIT_SECONDS, fn () => $this->database->transaction($work));
    }

    /**
     * Takes the claim of the cart for this payment. Call it inside alone().
     *
     * @return int|null the order that the cart has already; null when the caller has to make it
     */
    public function take(int $shopId, int $cartId, string $paymentId): ?int
    {
        $this->database->run('INSERT IGNORE INTO {claim} (id_shop, id_cart, payment_id) VALUES (?, ?, ?)', [$shopId, $cartId, $paymentId]);
        $orderId = $this->database->value('SELECT id_order FROM {claim} WHERE id_shop = ? AND id_cart = ? FOR UPDATE', [$shopId, $cartId]);

        return $orderId === null ? null : (int) $orderId;
    }

    /**
     * Records the order.
     *
     * @throws \RuntimeException when the claim is gone: the server undid the transaction and somebody swallowed the error
     */
    public function keep(int $shopId, int $cartId, int $orderId): void
    {
        $this->database->run('UPDATE {claim} SET id_order = ? WHERE id_shop = ? AND id_cart = ?', [$orderId, $shopId, $cartId]);
        $kept = $this->database->value('SELECT id_order FROM {claim} WHERE id_shop = ? AND id_cart = ?', [$shopId, $cartId]);
        if ((int) $kept !== $orderId) {
            throw new \RuntimeException('The order of cart ' . $cartId . ' was undone by the database.');
        }
    }
}
