<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Payment;

use Context;

if (!defined('_PS_VERSION_')) {
    exit;
}

/** Minor units as people read them, in the language of the request: 2294, "eur" → "22,94 €". */
final class PriceText
{
    public static function of(int $minor, string $currency): string
    {
        return Context::getContext()->getCurrentLocale()->formatPrice(Amount::toDecimal($minor, $currency), strtoupper($currency));
    }
}
