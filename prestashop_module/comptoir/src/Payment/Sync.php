<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Payment;

use Comptoir\PrestaShop\Api\PaymentsClient;
use Comptoir\PrestaShop\Api\PaymentsError;
use Comptoir\PrestaShop\Database\Database;
use Comptoir\PrestaShop\Order\Claims;
use Comptoir\PrestaShop\Order\Notes;
use Comptoir\PrestaShop\Order\OrderMaker;
use Comptoir\PrestaShop\Order\Orders;
use Comptoir\PrestaShop\Order\OrderStateMap;
use Comptoir\PrestaShop\Order\States;
use Order;

if (!defined('_PS_VERSION_')) {
    exit;
}

/**
 * Brings the shop to what the API says about a payment. The return page, notifications and the panel all end here.
 *
 * The payment passed in was just read from the API; nothing that a browser or a notification claims is used.
 */
final class Sync
{
    public function __construct(
        private Database $database,
        private Attempts $attempts,
        private Claims $claims,
        private OrderMaker $maker,
        private Orders $orders,
        private Notes $notes
    ) {
    }

    /**
     * @param array<string, mixed> $payment
     *
     * @return array<string, mixed>|null the attempt's row afterwards; null when the payment is not of this shop
     */
    public function apply(array $payment): ?array
    {
        $attempt = $this->attempts->adopt($payment);
        if ($attempt === null) {
            return null;
        }
        // A payment in progress touches no order: it need not wait for the makers of orders.
        if (Outcome::of($payment)->isPayable() && $attempt['id_order'] === null) {
            $this->attempts->recordOpen((int) $attempt['id_payment'], $payment);
        } else {
            $this->claims->alone((int) $attempt['id_shop'], fn () => $this->applyAlone($payment, null));
        }

        return $this->attempts->ofPayment((string) $payment['id']);
    }

    /**
     * The same, for a caller that holds the lock and the transaction of Claims::alone.
     *
     * @param array<string, mixed> $payment
     * @param int|null $version of the event that brought it here
     */
    public function applyAlone(array $payment, ?int $version): void
    {
        $attempt = $this->attempts->adopt($payment) ?? throw new \LogicException('Not a payment of this shop.');
        $before = $attempt['status'];
        if ($before !== null && StatusOrder::isOlder($payment['status'] ?? null, $before)) {
            return;
        }
        $this->attempts->record((int) $attempt['id_payment'], $payment, $version);
        $outcome = Outcome::of($payment);
        if ($attempt['id_order'] !== null) {
            $this->follow(new Order((int) $attempt['id_order']), $payment, $before);
        } elseif ($outcome->needsOrder()) {
            $order = $this->maker->orderFor($attempt, $payment);
            $this->attempts->linkOrder((int) $attempt['id_payment'], (int) $order->id);
            $this->welcome($order, $payment);
        }
    }

    /** Sends the order reference of orders to the API where that has not been done yet. Trouble waits for the next event. */
    public function sendReferences(PaymentsClient $client): void
    {
        $rows = $this->database->rows('SELECT * FROM {payment} WHERE reference_pending = 1 ORDER BY updated_at LIMIT 5');
        foreach ($rows as $row) {
            try {
                $client->updatePayment((string) $row['payment_id'], ['order_id' => (string) (new Order((int) $row['id_order']))->reference]);
            } catch (PaymentsError $error) {
                if ($error->isTemporary()) {
                    return;
                }
                \PrestaShopLogger::addLog('Comptoir: order reference not accepted: ' . $error->forLog(), 2, null, 'Order', (int) $row['id_order'], true);
            }
            $this->database->run('UPDATE {payment} SET reference_pending = 0 WHERE id_payment = ?', [$row['id_payment']]);
        }
    }

    /** @param array<string, mixed> $payment */
    private function welcome(Order $order, array $payment): void
    {
        if (!$this->attempts->madeTheOrder((string) $payment['id'])) {
            $this->orders->addPayment($order, Amount::toShop((int) $payment['amount'], (string) $payment['currency']), (string) $payment['id']);
            $this->orders->describeCard($order, (array) ($payment['card'] ?? []), (string) $payment['id']);
            $this->notes->anotherPayment($order, PriceText::of((int) $payment['amount'], (string) $payment['currency']), (string) $payment['id']);
        }
        if (($payment['status'] ?? null) === 'disputed') {
            $this->orders->happen($order, 'disputed');
        }
    }

    /** @param array<string, mixed> $payment */
    private function follow(Order $order, array $payment, ?string $before): void
    {
        $status = $payment['status'] ?? null;
        $event = OrderStateMap::eventOf($status);
        if ($event === null || $status === $before) {
            return;
        }
        if ($before === 'disputed' && $event === 'paid') {
            $this->sameCart($order, fn (Order $one) => $this->orders->endDispute($one));

            return;
        }
        if ($event === 'paid') {
            $this->orders->addPayment($order, Amount::toShop((int) $payment['amount'], (string) $payment['currency']), (string) $payment['id']);
        }
        $this->sameCart($order, function (Order $one) use ($event, $status, $payment): void {
            $moved = $this->orders->happen($one, $event);
            $lost = in_array($event, ['canceled', 'expired', 'failed'], true);
            if (!$moved && $lost && $one->current_state != States::id(OrderStateMap::CANCELED)) {
                $this->notes->paymentLost($one, (string) $status, (string) $payment['id']);
            }
        });
    }

    private function sameCart(Order $order, callable $do): void
    {
        array_map($do, $this->orders->ofCart((int) $order->id_cart));
    }
}
