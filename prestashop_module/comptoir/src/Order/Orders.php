<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Order;

use Comptoir\PrestaShop\Database\Database;
use Order;
use OrderHistory;

if (!defined('_PS_VERSION_')) {
    exit;
}

/** Reads and moves PrestaShop orders. A cart delivered in several parcels has several orders with one reference. */
final class Orders
{
    public function __construct(private Database $database)
    {
    }

    /** @return Order[] oldest first */
    public function ofCart(int $cartId): array
    {
        $ids = $this->database->run('SELECT id_order FROM ' . _DB_PREFIX_ . 'orders WHERE id_cart = ? ORDER BY id_order', [$cartId]);

        return array_map(static fn ($id) => new Order((int) $id), $ids->fetchAll(\PDO::FETCH_COLUMN));
    }

    public function stateOf(Order $order): string
    {
        return States::nameOf((int) $order->current_state);
    }

    /** Moves the order when OrderStateMap lets it; true when it moved. The customer gets the state's own mail, if it has one. */
    public function happen(Order $order, string $event): bool
    {
        $next = OrderStateMap::next($this->stateOf($order), $event);
        if ($next === null) {
            return false;
        }
        $this->setState($order, States::id($next), true);

        return true;
    }

    /** A dispute won: the order goes back to where it stood when the dispute began, without a second mail. */
    public function endDispute(Order $order): void
    {
        if ($this->stateOf($order) !== OrderStateMap::DISPUTED) {
            return;
        }
        $before = $this->database->value(
            'SELECT id_order_state FROM ' . _DB_PREFIX_ . 'order_history WHERE id_order = ? AND id_order_state <> ? ORDER BY id_order_history DESC LIMIT 1',
            [(int) $order->id, States::id(OrderStateMap::DISPUTED)]
        );
        $this->setState($order, (int) $before ?: States::id(OrderStateMap::PAID), false);
    }

    /** Records the money on the order, once per payment id; `$amount` in the shop's decimals. */
    public function addPayment(Order $order, float $amount, string $paymentId): void
    {
        $known = $this->database->value(
            'SELECT 1 FROM ' . _DB_PREFIX_ . 'order_payment WHERE order_reference = ? AND transaction_id = ?',
            [(string) $order->reference, $paymentId]
        );
        if ($known === null) {
            $invoices = $order->getInvoicesCollection();
            $order->addOrderPayment($amount, null, $paymentId, null, null, $invoices->count() ? $invoices->getFirst() : null);
        }
    }

    /** Sets what a recorded payment is worth; `$amount` in the shop's decimals. */
    public function correctPayment(Order $order, float $amount, string $paymentId): void
    {
        foreach ($order->getOrderPaymentCollection() as $payment) {
            if ($payment->transaction_id === $paymentId && (float) $payment->amount !== $amount) {
                $order->total_paid_real += $amount - (float) $payment->amount;
                $payment->amount = $amount;
                $payment->update();
                $order->update();
            }
        }
    }

    /** @param array<string, mixed> $card card object of the API; the number's last four digits only are known */
    public function describeCard(Order $order, array $card, string $paymentId): void
    {
        $this->database->run(
            'UPDATE ' . _DB_PREFIX_ . 'order_payment SET card_brand = ?, card_number = ?, card_expiration = ? WHERE order_reference = ? AND transaction_id = ?',
            [
                (string) ($card['brand'] ?? ''),
                isset($card['last4']) ? '•••• ' . $card['last4'] : '',
                isset($card['exp_month'], $card['exp_year']) ? sprintf('%02d/%d', $card['exp_month'], $card['exp_year']) : '',
                (string) $order->reference,
                $paymentId,
            ]
        );
    }

    public function setState(Order $order, int $stateId, bool $mail): void
    {
        $history = new OrderHistory();
        $history->id_order = (int) $order->id;
        $history->changeIdOrderState($stateId, $order, true);
        $mail ? $history->addWithemail() : $history->add();
    }
}
