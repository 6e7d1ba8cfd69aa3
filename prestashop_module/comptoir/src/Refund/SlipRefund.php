<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Refund;

use Comptoir\PrestaShop\Api\PaymentsClient;
use Comptoir\PrestaShop\Api\PaymentsError;
use Comptoir\PrestaShop\Database\Database;
use Comptoir\PrestaShop\Order\Orders;
use Comptoir\PrestaShop\Payment\Attempts;
use Order;
use OrderSlip;
use Product;

if (!defined('_PS_VERSION_')) {
    exit;
}

/**
 * A credit slip made in the back office → a refund of the payment.
 *
 * The shop's lock is held from the slip to the API's answer, so that the notification of this very refund waits and then
 * finds its slip instead of making a second one. The row with its idempotency key is stored before the call: killed at
 * any moment, RefundSync::resume finishes with the same key.
 */
final class SlipRefund
{
    private const WAIT_SECONDS = 15;

    public function __construct(
        private Database $database,
        private Refunds $refunds,
        private Slips $slips,
        private Attempts $attempts,
        private Orders $orders
    ) {
    }

    /**
     * @param int $voucherType choice made in the form, SlipAmount::*
     *
     * @return bool false when the API gave no answer: the refund will be asked for again, see RefundSync::resume
     *
     * @throws PaymentsError when the API refuses; the slip is gone then
     */
    public function refund(Order $order, int $voucherType, PaymentsClient $client): bool
    {
        return $this->database->alone('orders ' . $order->id_shop, self::WAIT_SECONDS, function () use ($order, $voucherType, $client): bool {
            $slip = $this->slips->newest($order);
            $attempt = $this->paidAttempt($order);
            if ($slip === null || $attempt === null) {
                return true;
            }
            $amount = $this->amountOf($slip, $order, $voucherType, (string) $attempt['currency']);

            return $amount === 0 || $this->send($order, $slip, $attempt, $amount, $client);
        });
    }

    /** @param array<string, mixed> $attempt */
    private function send(Order $order, OrderSlip $slip, array $attempt, int $amount, PaymentsClient $client): bool
    {
        $row = $this->refunds->ask((string) $attempt['payment_id'], $amount, (string) $attempt['currency'], (int) $order->id, (int) $slip->id);
        try {
            $refund = $client->createRefund((string) $attempt['payment_id'], $amount, (string) $row['idempotency_key']);
        } catch (PaymentsError $error) {
            if ($error->isUnknown()) {
                // Nobody knows whether the money left: the slip and the key stay, and the refund is asked for again.
                return false;
            }
            $this->refunds->forget((int) $row['id_refund']);
            $this->slips->remove((int) $slip->id);
            throw $error;
        }
        $this->database->transaction(function () use ($order, $attempt, $row, $refund): void {
            $this->refunds->answer((int) $row['id_refund'], (string) $refund['id']);
            $this->refunds->record((int) $row['id_refund'], (string) ($refund['status'] ?? 'to_refund'), null);
            $full = $this->refunds->total((string) $attempt['payment_id']) >= (int) $attempt['amount'];
            $canceled = ($refund['status'] ?? null) === 'payment_canceled';
            $this->orders->happen($order, $canceled ? 'canceled' : ($full ? 'refunded' : 'partially_refunded'));
        });

        return true;
    }

    /** @return array<string, mixed>|null the payment that paid the order */
    private function paidAttempt(Order $order): ?array
    {
        $all = $this->orders->ofCart((int) $order->id_cart);
        foreach ($this->attempts->ofOrder((int) ($all[0]->id ?? 0)) as $attempt) {
            return $attempt;
        }

        return null;
    }

    private function amountOf(OrderSlip $slip, Order $order, int $voucherType, string $currency): int
    {
        $taxIncluded = Product::getTaxCalculationMethod((int) $order->id_customer) !== (int) PS_TAX_EXC;

        return SlipAmount::of([
            'products' => (float) $slip->total_products_tax_incl,
            'shipping' => (float) $slip->total_shipping_tax_incl,
            'amount' => (float) $slip->amount,
        ], $voucherType, (float) $order->total_discounts_tax_incl, $taxIncluded, $currency);
    }
}
