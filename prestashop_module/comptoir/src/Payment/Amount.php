<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Payment;

if (!defined('_PS_VERSION_')) {
    exit;
}

/**
 * Amounts between the shop (decimal numbers) and the API (integer minor units, lower-case ISO 4217 code).
 *
 * The exponent belongs to the currency, not to the shop's display settings. Currencies: those of the API plus the
 * three-decimal ones, so that an amount is never off by a factor of ten.
 */
final class Amount
{
    /** The API takes no payment below 50 minor units. */
    public const MINIMUM = 50;

    /** Currencies the API takes. */
    public const ACCEPTED = ['eur', 'aud', 'cad', 'chf', 'dkk', 'gbp', 'jpy', 'nok', 'pln', 'sek', 'usd'];

    private const EXPONENTS = [
        'bif' => 0, 'clp' => 0, 'djf' => 0, 'gnf' => 0, 'isk' => 0, 'jpy' => 0, 'kmf' => 0, 'krw' => 0, 'pyg' => 0,
        'rwf' => 0, 'ugx' => 0, 'vnd' => 0, 'vuv' => 0, 'xaf' => 0, 'xof' => 0, 'xpf' => 0,
        'bhd' => 3, 'iqd' => 3, 'jod' => 3, 'kwd' => 3, 'lyd' => 3, 'omr' => 3, 'tnd' => 3,
    ];

    public static function exponent(string $currency): int
    {
        return self::EXPONENTS[strtolower($currency)] ?? 2;
    }

    /**
     * Minor units of a shop amount. Half units go away from zero; 19.99 (binary 19.989999…) is 1999.
     *
     * number_format rounds the decimal value that was meant; multiplying by 100 and cutting is off by one cent.
     */
    public static function toMinor(float|int|string $amount, string $currency): int
    {
        return (int) number_format((float) $amount, self::exponent($currency), '', '');
    }

    /** The shop's decimal amount of minor units. */
    public static function toShop(int $minor, string $currency): float
    {
        return (float) self::toDecimal($minor, $currency);
    }

    /** Exact decimal text: 5 eur cents → "0.05", 12 jpy → "12". */
    public static function toDecimal(int $minor, string $currency): string
    {
        $exponent = self::exponent($currency);
        if ($exponent === 0) {
            return (string) $minor;
        }
        $digits = str_pad((string) abs($minor), $exponent + 1, '0', STR_PAD_LEFT);

        return ($minor < 0 ? '-' : '') . substr($digits, 0, -$exponent) . '.' . substr($digits, -$exponent);
    }

    public static function isPayable(int $minor, string $currency): bool
    {
        return $minor >= self::MINIMUM && in_array(strtolower($currency), self::ACCEPTED, true);
    }
}
