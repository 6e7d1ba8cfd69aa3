<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Payment;

use Cart;
use Comptoir\PrestaShop\Api\PaymentsClient;
use Comptoir\PrestaShop\Api\PaymentsError;
use Comptoir\PrestaShop\Database\Database;
use Comptoir\PrestaShop\Order\CartContext;
use Comptoir\PrestaShop\Order\CartLines;
use Comptoir\PrestaShop\Settings\Settings;

if (!defined('_PS_VERSION_')) {
    exit;
}

/**
 * From "pay" to the address of the payment page.
 *
 * One cart is started by one request at a time, and each attempt is stored before the API hears of it: a double click,
 * a reload or a killed request all lead to the same payment. A new payment is made only when the price or the currency
 * changed, or the earlier one can no longer be paid.
 */
final class Start
{
    private const WAIT_SECONDS = 20;

    public function __construct(
        private Database $database,
        private Attempts $attempts,
        private PaymentsClient $client,
        private CustomerSync $customers,
        private Settings $settings
    ) {
    }

    public static function site(Settings $settings): string
    {
        return $settings->boutiqueId !== '' ? $settings->boutiqueId : (string) \Tools::getShopDomainSsl();
    }

    /**
     * @param callable(string): string $returnUrl address to come back to for an attempt's unique_id
     *
     * @return string where to send the browser: the payment page, or straight back when it is paid already
     *
     * @throws PaymentsError
     * @throws \Comptoir\PrestaShop\Database\Busy
     */
    public function address(Cart $cart, string $shopName, string $locale, callable $returnUrl): string
    {
        return $this->database->alone('cart ' . $cart->id, self::WAIT_SECONDS, function () use ($cart, $shopName, $locale, $returnUrl): string {
            $payment = $this->payment($cart, $shopName, $returnUrl);
            if (Outcome::of($payment)->isPayable()) {
                return sprintf('%s/%s/%s?lang=%s', $this->settings->paymentUrl, $this->settings->publicKey, $payment['id'], rawurlencode($locale));
            }

            return $returnUrl((string) $this->attempts->ofPayment((string) $payment['id'])['unique_id']);
        });
    }

    /**
     * @param callable(string): string $returnUrl
     *
     * @return array<string, mixed> a payment that can be paid, or that is paid
     */
    private function payment(Cart $cart, string $shopName, callable $returnUrl): array
    {
        $currency = CartContext::currencyOf($cart);
        $price = new Price(CartContext::amount($cart, $currency), $currency, $this->settings->live);
        $last = $this->attempts->last((int) $cart->id_shop, (int) $cart->id);
        $usable = $last === null ? null : $this->usable($last, $price);
        if ($usable !== null) {
            return $usable;
        }
        // An attempt whose creation was never answered is asked for again under its own name.
        $attempt = $last !== null && !$last['closed'] && $last['payment_id'] === null && $price->isOf($last) ? $last : null;
        $number = (int) ($last['attempt'] ?? 0);
        // The second turn is for a name that the API knows otherwise, and for a customer deleted there.
        for ($turn = 1; $turn <= 2; ++$turn) {
            $attempt ??= $this->attempts->add((int) $cart->id_shop, (int) $cart->id, ++$number, $this->name($cart, $number), $price, CartLines::of($cart));
            $payment = $this->create($attempt, $cart, $shopName, $returnUrl((string) $attempt['unique_id']));
            if ($payment !== null) {
                return $payment;
            }
            $this->attempts->close((int) $attempt['id_payment']);
            $attempt = null;
        }
        throw new PaymentsError(409, 'no_payable_attempt', 'No payment could be started for this cart.');
    }

    /**
     * @param array<string, mixed> $last
     *
     * @return array<string, mixed>|null the earlier payment when it is paid (whatever the cart costs now) or can serve again
     */
    private function usable(array $last, Price $price): ?array
    {
        if ($last['closed'] || $last['payment_id'] === null) {
            return null;
        }
        try {
            $payment = $this->client->payment((string) $last['payment_id']);
        } catch (PaymentsError $error) {
            if ($error->status !== 404) {
                throw $error;
            }
            $payment = null;
        }
        $outcome = $payment === null ? Outcome::Dead : Outcome::of($payment);
        if ($outcome === Outcome::Dead) {
            $this->attempts->close((int) $last['id_payment']);
        }

        return $outcome->needsOrder() || ($outcome->isPayable() && $price->isOf($last)) ? $payment : null;
    }

    private function name(Cart $cart, int $number): string
    {
        return UniqueId::of(_COOKIE_KEY_, self::site($this->settings), (int) $cart->id_shop, (int) $cart->id, (string) $cart->date_add, $number);
    }

    /**
     * @param array<string, mixed> $attempt
     *
     * @return array<string, mixed>|null null when another attempt has to be made
     */
    private function create(array $attempt, Cart $cart, string $shopName, string $returnUrl): ?array
    {
        $customer = $this->customers->idFor($cart, $this->settings->live, (string) $attempt['unique_id']);
        try {
            $payment = $this->client->createPayment(array_filter([
                'amount' => (int) $attempt['amount'],
                'currency' => (string) $attempt['currency'],
                'auth' => true,
                'capture' => true,
                'customer' => $customer,
                'description' => self::description($shopName, (int) $cart->id),
                'order_id' => 'cart-' . $cart->id,
                'unique_id' => (string) $attempt['unique_id'],
                'return_url' => $returnUrl,
                'methods_allowed' => ['card'],
            ], static fn ($value) => $value !== null), 'payment-' . $attempt['unique_id']);
        } catch (PaymentsError $error) {
            $payment = $this->afterRefusal($error, $attempt, $customer);
        }
        if ($payment !== null) {
            $this->attempts->attach((int) $attempt['id_payment'], (string) $payment['id']);
        }

        return $payment;
    }

    /**
     * @param array<string, mixed> $attempt
     *
     * @return array<string, mixed>|null
     */
    private function afterRefusal(PaymentsError $error, array $attempt, ?string $customer): ?array
    {
        if ($customer !== null && in_array($error->status, [404, 422], true)) {
            $this->customers->forget($customer);

            return null;
        }
        if ($error->isUnknown() || in_array($error->status, [425, 429], true)) {
            throw $error;
        }
        if ($error->status !== 409) {
            // The API would repeat a stored refusal for this name: the next click starts with another one.
            $this->attempts->close((int) $attempt['id_payment']);
            throw $error;
        }
        $payment = $this->client->paymentOfUniqueId((string) $attempt['unique_id']);
        $fits = $payment !== null && (int) $payment['amount'] === (int) $attempt['amount'] && $payment['currency'] === $attempt['currency'];

        return $fits ? $payment : null;
    }

    /** 3 to 64 characters. */
    public static function description(string $shopName, int $cartId): string
    {
        $end = ' #' . $cartId;

        return mb_substr($shopName !== '' ? $shopName : 'PrestaShop', 0, 64 - mb_strlen($end)) . $end;
    }
}
