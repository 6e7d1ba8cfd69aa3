<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Order;

use Cart;
use Comptoir\PrestaShop\Payment\Amount;
use Comptoir\PrestaShop\Payment\Outcome;
use Comptoir\PrestaShop\Payment\PriceText;
use Order;
use RuntimeException;

if (!defined('_PS_VERSION_')) {
    exit;
}

/** Turns a cart into its order with the amount that was really paid. Call it inside Claims::alone. */
final class OrderMaker
{
    public function __construct(private \Comptoir $module, private Orders $orders, private Claims $claims, private Notes $notes)
    {
    }

    /**
     * The order of the attempt's cart: the existing one, or a new one.
     *
     * @param array<string, mixed> $attempt row of the table `payment`
     * @param array<string, mixed> $payment as read from the API
     */
    public function orderFor(array $attempt, array $payment): Order
    {
        $shopId = (int) $attempt['id_shop'];
        $cartId = (int) $attempt['id_cart'];
        $known = $this->claims->take($shopId, $cartId, (string) $payment['id']);
        if ($known !== null) {
            return new Order($known);
        }
        $existing = $this->orders->ofCart($cartId);
        $order = $existing === [] ? $this->make($attempt, $payment) : $this->finish($existing[0], $payment);
        $this->claims->keep($shopId, $cartId, (int) $order->id);

        return $order;
    }

    /**
     * @param array<string, mixed> $attempt
     * @param array<string, mixed> $payment
     */
    private function make(array $attempt, array $payment): Order
    {
        $cart = new Cart((int) $attempt['id_cart']);
        CartContext::enter($cart);
        if ($cart->id && !$cart->getProducts()) {
            CartLines::restore($cart, (string) $attempt['cart_lines']);
        }
        if (!$cart->id || !$cart->getProducts(true)) {
            throw new CannotOrder('Cart ' . $attempt['id_cart'] . ' of payment ' . $payment['id'] . ' is gone or empty.');
        }
        $currency = strtolower((string) $payment['currency']);
        $expected = CartContext::amount($cart, CartContext::currencyOf($cart));
        $matches = $expected === (int) $payment['amount'] && CartContext::currencyOf($cart) === $currency;
        $state = $matches ? (Outcome::of($payment) === Outcome::Paid ? OrderStateMap::PAID : OrderStateMap::AUTHORIZED) : OrderStateMap::VERIFY;

        $this->module->validateOrder(
            (int) $cart->id,
            States::id($state),
            Amount::toShop((int) $payment['amount'], $currency),
            $this->module->displayName,
            null,
            ['transaction_id' => (string) $payment['id']],
            (int) $cart->id_currency,
            false,
            $cart->secure_key ?: false
        );
        $order = $this->orders->ofCart((int) $cart->id)[0] ?? throw new RuntimeException('No order was made of cart ' . $cart->id);
        if (!$matches) {
            $this->orders->addPayment($order, Amount::toShop((int) $payment['amount'], $currency), (string) $payment['id']);
            $this->notes->differentAmount($order, PriceText::of((int) $payment['amount'], $currency), PriceText::of($expected, CartContext::currencyOf($cart)), (string) $payment['id']);
        }
        $this->orders->describeCard($order, (array) ($payment['card'] ?? []), (string) $payment['id']);

        return $order;
    }

    /**
     * An order that exists although no claim leads to it: left half-made, or made of the same cart with another means of payment.
     *
     * @param array<string, mixed> $payment
     */
    private function finish(Order $order, array $payment): Order
    {
        $currency = strtolower((string) $payment['currency']);
        $this->orders->addPayment($order, Amount::toShop((int) $payment['amount'], $currency), (string) $payment['id']);
        if ($order->module === $this->module->name && (int) $order->current_state === 0) {
            $this->orders->setState($order, States::id(OrderStateMap::VERIFY), false);
            $this->notes->interrupted($order, (string) $payment['id']);
        } elseif ($order->module !== $this->module->name) {
            if (!$order->hasBeenPaid()) {
                $this->orders->setState($order, States::id(OrderStateMap::VERIFY), false);
            }
            $this->notes->anotherPayment($order, PriceText::of((int) $payment['amount'], $currency), (string) $payment['id']);
        }

        return $order;
    }
}
