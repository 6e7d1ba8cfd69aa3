<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Refund;

use Comptoir\PrestaShop\Payment\Amount;

if (!defined('_PS_VERSION_')) {
    exit;
}

/**
 * The money that a credit slip gives back, in minor units, taxes included.
 *
 * The core stores it in different columns depending on the form's choice about vouchers: 0 products as they are, 1 less
 * the order's vouchers (with taxes included it takes them off the wrong column, PrestaShop issue 18319, so they are
 * taken off here), 2 an amount typed by the employee.
 */
final class SlipAmount
{
    public const PRODUCTS = 0;
    public const LESS_VOUCHERS = 1;
    public const TYPED = 2;

    /**
     * @param array{products: float, shipping: float, amount: float} $slip products and shipping with taxes, amount as stored
     * @param float $vouchers the order's discounts, taxes included
     * @param bool $taxIncluded whether amounts were typed with taxes
     */
    public static function of(array $slip, int $voucherType, float $vouchers, bool $taxIncluded, string $currency): int
    {
        $products = $slip['products'];
        if ($voucherType === self::TYPED) {
            $products = $slip['amount'];
        } elseif ($voucherType === self::LESS_VOUCHERS && $taxIncluded) {
            $products -= $vouchers;
        }

        return max(0, Amount::toMinor($products + $slip['shipping'], $currency));
    }
}
