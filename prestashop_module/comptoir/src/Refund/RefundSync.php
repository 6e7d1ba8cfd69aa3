<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Refund;

use Comptoir\PrestaShop\Api\PaymentsClient;
use Comptoir\PrestaShop\Api\PaymentsError;
use Comptoir\PrestaShop\Order\Notes;
use Comptoir\PrestaShop\Order\Orders;
use Comptoir\PrestaShop\Payment\Amount;
use Comptoir\PrestaShop\Payment\Attempts;
use Comptoir\PrestaShop\Payment\PriceText;
use Order;

if (!defined('_PS_VERSION_')) {
    exit;
}

/**
 * Refunds of the API → credit slips and order states. One slip per refund, for exactly its amount, never above what is
 * left of the order. Call apply() inside Claims::alone.
 */
final class RefundSync
{
    public function __construct(
        private Refunds $refunds,
        private Slips $slips,
        private Attempts $attempts,
        private Orders $orders,
        private Notes $notes
    ) {
    }

    /** @param array<string, mixed> $refund as read from the API, its payment being of this shop */
    public function apply(array $refund, ?int $version = null): void
    {
        $row = $this->refunds->adopt($refund);
        $status = (string) ($refund['status'] ?? 'to_refund');
        $this->refunds->record((int) $row['id_refund'], $status, $version);
        $attempt = $this->attempts->ofPayment((string) $refund['payment']);
        if ($attempt === null || $attempt['id_order'] === null) {
            return;
        }
        $order = new Order((int) $attempt['id_order']);
        if (!$this->attempts->madeTheOrder((string) $refund['payment'])) {
            $this->giveBackSurplus($order, $row, $attempt);

            return;
        }
        if (in_array($status, Refunds::FAILED, true)) {
            $this->fail($order, $row, $status);

            return;
        }
        if ($row['id_order_slip'] === null) {
            $this->giveSlip($order, $row, (string) $refund['id']);
        }
        $this->moveOrder($order, $attempt, $status);
    }

    /** Sends again, with its stored key, each refund whose answer was lost when a process was killed. */
    public function resume(PaymentsClient $client): void
    {
        foreach ($this->refunds->unanswered() as $row) {
            try {
                $refund = $this->alreadyMade($row, $client)
                    ?? $client->createRefund((string) $row['payment_id'], (int) $row['amount'], (string) $row['idempotency_key']);
                $this->refunds->answer((int) $row['id_refund'], (string) $refund['id']);
                $this->apply($refund);
            } catch (PaymentsError $error) {
                if ($error->isTemporary()) {
                    return;
                }
                $order = new Order((int) $row['id_order']);
                $this->refunds->forget((int) $row['id_refund']);
                $this->slips->remove((int) $row['id_order_slip']);
                $this->notes->slipRefused($order, PriceText::of((int) $row['amount'], (string) $row['currency']), $error->getMessage());
            }
        }
    }

    /**
     * The refund of this row, when the API made it although its answer was lost. Asked first, because the API forgets
     * idempotency keys after a day and a shop may have been down for longer.
     *
     * @param array<string, mixed> $row
     *
     * @return array<string, mixed>|null
     */
    private function alreadyMade(array $row, PaymentsClient $client): ?array
    {
        foreach ($client->refundsOf((string) $row['payment_id']) as $refund) {
            if ((int) $refund['amount'] === (int) $row['amount'] && $this->refunds->ofId((string) $refund['id']) === null) {
                return $refund;
            }
        }

        return null;
    }

    /**
     * The refund of a payment that was not due: nothing was sold for it, so there is no credit slip and the order stays as
     * it is; among the order's payments, this one is worth what has not been given back.
     *
     * @param array<string, mixed> $row
     * @param array<string, mixed> $attempt
     */
    private function giveBackSurplus(Order $order, array $row, array $attempt): void
    {
        $this->refunds->linkSlip((int) $row['id_refund'], (int) $order->id, null);
        $left = (int) $attempt['amount'] - $this->refunds->total((string) $attempt['payment_id']);
        $this->orders->correctPayment($order, Amount::toShop(max(0, $left), (string) $attempt['currency']), (string) $attempt['payment_id']);
    }

    /** @param array<string, mixed> $row */
    private function giveSlip(Order $order, array $row, string $refundId): void
    {
        $amount = (int) $row['amount'];
        $waiting = $this->refunds->takeWaitingSlip((int) $order->id, $amount);
        if ($waiting !== null) {
            $this->refunds->linkSlip((int) $row['id_refund'], (int) $order->id, $waiting);

            return;
        }
        $left = $this->slips->left($order, (string) $row['currency']);
        $slip = min($amount, $left);
        $slipId = $slip > 0 ? $this->slips->make($order, $slip, (string) $row['currency']) : null;
        $this->refunds->linkSlip((int) $row['id_refund'], (int) $order->id, $slipId);
        if ($slip < $amount) {
            $this->notes->slipCut($order, PriceText::of($amount, (string) $row['currency']), PriceText::of($slip, (string) $row['currency']), $refundId);
        }
    }

    /** @param array<string, mixed> $attempt */
    private function moveOrder(Order $order, array $attempt, string $status): void
    {
        $full = $this->refunds->total((string) $attempt['payment_id']) >= (int) $attempt['amount'];
        // A refund before capture cancels the payment; its own event cancels the order.
        if ($status === 'payment_canceled') {
            $this->orders->happen($order, 'canceled');
        } else {
            $this->orders->happen($order, $full ? 'refunded' : 'partially_refunded');
        }
    }

    /** @param array<string, mixed> $row */
    private function fail(Order $order, array $row, string $status): void
    {
        if (in_array($row['status'], Refunds::FAILED, true)) {
            return;
        }
        $this->refunds->linkSlip((int) $row['id_refund'], (int) $order->id, $row['id_order_slip'] === null ? null : (int) $row['id_order_slip']);
        if ($row['id_order_slip'] === null) {
            return;
        }
        $this->notes->refundFailed($order, PriceText::of((int) $row['amount'], (string) $row['currency']), (string) $row['refund_id'], (int) $row['id_order_slip']);
        $this->orders->happen($order, 'refund_failed');
    }
}
