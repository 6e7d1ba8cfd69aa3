<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Refund;

if (!defined('_PS_VERSION_')) {
    exit;
}

/**
 * Spreads an amount over what an order is made of, so that a refund of which nobody said what for keeps the order's
 * proportion of taxes. Everything is in minor units; the parts add up to the amount exactly.
 */
final class SlipParts
{
    /**
     * @param array<int|string, array{int, int}> $lines with and without taxes, of one order: products, shipping
     *
     * @return array<int|string, array{int, int}> the part of each line, with and without taxes; lines without a part are left out
     */
    public static function of(int $amount, array $lines): array
    {
        $total = array_sum(array_column($lines, 0));
        $parts = [];
        $seen = 0;
        $given = 0;
        foreach ($lines as $key => [$withTaxes, $withoutTaxes]) {
            $seen += $withTaxes;
            // Rounding the running total, not each part: no cent is lost or made.
            $part = self::portion($amount, $seen, $total) - $given;
            $given += $part;
            if ($part > 0) {
                $parts[$key] = [$part, self::portion($part, $withoutTaxes, $withTaxes)];
            }
        }

        return $parts;
    }

    /** amount × of ÷ total, halves up. */
    private static function portion(int $amount, int $of, int $total): int
    {
        return $total === 0 ? 0 : intdiv(2 * $amount * $of + $total, 2 * $total);
    }
}
