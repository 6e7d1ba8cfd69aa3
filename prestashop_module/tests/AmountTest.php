<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Tests;

use Comptoir\PrestaShop\Payment\Amount;
use PHPUnit\Framework\TestCase;

final class AmountTest extends TestCase
{
    /** PrestaShop's PS_PRICE_ROUND_MODE values, as exact decimal rounding of integers. */
    private const MODES = ['ceil', 'floor', 'half_up', 'half_down', 'half_even', 'half_odd'];

    private const TYPES = ['item', 'line', 'total'];

    /** @dataProvider conversions */
    public function testAShopAmountBecomesExactMinorUnits(float|string $amount, string $currency, int $minor): void
    {
        self::assertSame($minor, Amount::toMinor($amount, $currency));
    }

    /** @return iterable<array{float|string, string, int}> */
    public static function conversions(): iterable
    {
        yield 'binary just below' => [19.99, 'eur', 1999];
        yield 'sum of floats' => [0.1 + 0.2, 'eur', 30];
        yield 'product of floats' => [1.15 * 100, 'eur', 11500];
        yield 'below a half in binary' => [1.005, 'eur', 101];
        yield 'text of the database' => ['22.940000', 'EUR', 2294];
        yield 'nothing' => [0.0, 'eur', 0];
        yield 'large' => [999999.99, 'eur', 99999999];
        yield 'above a million: no thousands separator' => [12345678.9, 'usd', 1234567890];
        yield 'yen have no decimals' => [1500.0, 'jpy', 1500];
        yield 'yen half' => [1500.5, 'JPY', 1501];
        yield 'dinar has three' => [1.234, 'kwd', 1234];
        yield 'dinar third decimal kept' => [19.999, 'KWD', 19999];
        yield 'unknown currency has two' => [3.5, 'xyz', 350];
        yield 'negative' => [-19.99, 'eur', -1999];
    }

    public function testEveryCentUpToAThousandSurvivesTheWayThroughFloats(): void
    {
        for ($cents = 0; $cents <= 100000; ++$cents) {
            self::assertSame($cents, Amount::toMinor($cents / 100, 'eur'));
            self::assertSame($cents, Amount::toMinor(Amount::toShop($cents, 'eur'), 'eur'));
        }
    }

    public function testDecimalTextIsExact(): void
    {
        self::assertSame('0.05', Amount::toDecimal(5, 'eur'));
        self::assertSame('-19.99', Amount::toDecimal(-1999, 'eur'));
        self::assertSame('12', Amount::toDecimal(12, 'jpy'));
        self::assertSame('0.001', Amount::toDecimal(1, 'kwd'));
        self::assertSame('42949672.95', Amount::toDecimal(4294967295, 'eur'));
    }

    public function testOnlyAcceptedCurrenciesFromFiftyUnitsCanBePaid(): void
    {
        self::assertFalse(Amount::isPayable(49, 'eur'));
        self::assertTrue(Amount::isPayable(50, 'EUR'));
        self::assertTrue(Amount::isPayable(50, 'jpy'));
        self::assertFalse(Amount::isPayable(5000, 'kwd'));
    }

    /**
     * A cart computed as the core does, with floats, in each rounding type and mode, is worth the cents that exact
     * integer arithmetic gives.
     *
     * @dataProvider roundings
     */
    public function testACartOfAnyRoundingIsWorthItsExactCents(string $type, string $mode): void
    {
        mt_srand(20251);
        for ($turn = 0; $turn < 400; ++$turn) {
            $lines = [];
            for ($line = mt_rand(1, 6); $line > 0; --$line) {
                $lines[] = [mt_rand(1, 19999999), mt_rand(1, 9), [0, 550, 1000, 2000][mt_rand(0, 3)]];
            }
            $exact = self::exactCart($lines, $type, $mode);
            self::assertSame($exact, Amount::toMinor($exact / 100, 'eur'), $type . ' ' . $mode);
            self::assertSame($exact, Amount::toMinor(self::floatSum($lines, $type, $mode), 'eur'), $type . ' ' . $mode);
        }
    }

    /** @return iterable<array{string, string}> */
    public static function roundings(): iterable
    {
        foreach (self::TYPES as $type) {
            foreach (self::MODES as $mode) {
                yield $type . ', ' . $mode => [$type, $mode];
            }
        }
    }

    /**
     * Prices in millionths, tax in hundredths of a percent; cents of the whole cart.
     *
     * @param array<int, array{int, int, int}> $lines
     */
    private static function exactCart(array $lines, string $type, string $mode): int
    {
        return array_sum(self::parts($lines, $type, $mode));
    }

    /**
     * The same parts added up as floats, the way a cart's total reaches the module.
     *
     * @param array<int, array{int, int, int}> $lines
     */
    private static function floatSum(array $lines, string $type, string $mode): float
    {
        return array_reduce(self::parts($lines, $type, $mode), static fn (float $sum, int $cents): float => $sum + $cents / 100, 0.0);
    }

    /**
     * @param array<int, array{int, int, int}> $lines
     *
     * @return int[] cents
     */
    private static function parts(array $lines, string $type, string $mode): array
    {
        $scale = 10 ** 8; // millionths × ten-thousandths, in cents
        $parts = [];
        $total = 0;
        foreach ($lines as [$price, $quantity, $tax]) {
            $gross = $price * (10000 + $tax);
            if ($type === 'item') {
                $parts[] = self::round($gross, $scale, $mode) * $quantity;
            } elseif ($type === 'line') {
                $parts[] = self::round($gross * $quantity, $scale, $mode);
            } else {
                $total += $gross * $quantity;
            }
        }

        return $type === 'total' ? [self::round($total, $scale, $mode)] : $parts;
    }

    private static function round(int $value, int $scale, string $mode): int
    {
        $floor = intdiv($value, $scale);
        $rest = 2 * ($value - $floor * $scale);
        $up = match ($mode) {
            'ceil' => $rest > 0,
            'floor' => false,
            'half_up' => $rest >= $scale,
            'half_down' => $rest > $scale,
            'half_even' => $rest > $scale || ($rest === $scale && $floor % 2 === 1),
            'half_odd' => $rest > $scale || ($rest === $scale && $floor % 2 === 0),
        };

        return $floor + ($up ? 1 : 0);
    }
}
