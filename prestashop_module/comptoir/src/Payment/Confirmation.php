<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Payment;

use Comptoir\PrestaShop\Order\OrderStateMap;
use Comptoir\PrestaShop\Services;
use Order;

if (!defined('_PS_VERSION_')) {
    exit;
}

/** What the buyer reads about the payment on the order confirmation page. */
final class Confirmation
{
    public function __construct(private \Comptoir $module, private Services $services)
    {
    }

    public function show(Order $order): string
    {
        $attempt = $this->services->attempts->ofOrder((int) $order->id)[0] ?? null;
        if ($order->module !== $this->module->name || $attempt === null) {
            return '';
        }

        return $this->module->view('hook/payment_return.tpl', [
            'comptoir_reference' => $order->reference,
            'comptoir_amount' => PriceText::of((int) $attempt['amount'], (string) $attempt['currency']),
            'comptoir_verify' => $this->services->orders->stateOf($order) === OrderStateMap::VERIFY,
            'comptoir_live' => (bool) $attempt['live'],
        ]);
    }
}
