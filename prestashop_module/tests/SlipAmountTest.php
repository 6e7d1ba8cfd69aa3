<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Tests;

use Comptoir\PrestaShop\Refund\SlipAmount;
use Comptoir\PrestaShop\Refund\SlipParts;
use PHPUnit\Framework\TestCase;

final class SlipAmountTest extends TestCase
{
    /**
     * @param array{products: float, shipping: float, amount: float} $slip
     *
     * @dataProvider slips
     */
    public function testTheMoneyOfASlip(array $slip, int $type, float $vouchers, bool $taxIncluded, int $minor): void
    {
        self::assertSame($minor, SlipAmount::of($slip, $type, $vouchers, $taxIncluded, 'eur'));
    }

    /** @return iterable<string, array{array<string, float>, int, float, bool, int}> */
    public static function slips(): iterable
    {
        $slip = ['products' => 22.94, 'shipping' => 7.0, 'amount' => 22.94];
        yield 'products and shipping' => [$slip, SlipAmount::PRODUCTS, 0.0, true, 2994];
        yield 'less vouchers, taxes included: the core forgot them' => [$slip, SlipAmount::LESS_VOUCHERS, 5.0, true, 2494];
        yield 'less vouchers, taxes excluded: the core took them off' => [['products' => 17.94, 'shipping' => 0.0, 'amount' => 14.0], SlipAmount::LESS_VOUCHERS, 5.0, false, 1794];
        yield 'typed amount' => [['products' => 22.94, 'shipping' => 0.0, 'amount' => 10.0], SlipAmount::TYPED, 5.0, true, 1000];
        yield 'vouchers above products' => [['products' => 4.0, 'shipping' => 0.0, 'amount' => 4.0], SlipAmount::LESS_VOUCHERS, 5.0, true, 0];
        yield 'six decimals of the database' => [['products' => 5.000001, 'shipping' => 0.0, 'amount' => 5.0], SlipAmount::PRODUCTS, 0.0, true, 500];
    }

    /** @dataProvider orders */
    public function testThePartsOfARefundAddUpAndKeepTheTaxes(array $lines): void
    {
        $total = array_sum(array_column($lines, 0));
        foreach ([1, 7, 50, 333, intdiv($total, 3), $total - 1, $total] as $amount) {
            $parts = SlipParts::of($amount, $lines);
            self::assertSame($amount, array_sum(array_column($parts, 0)));
            foreach ($parts as $key => [$withTaxes, $withoutTaxes]) {
                self::assertLessThanOrEqual($lines[$key][0], $withTaxes);
                self::assertEqualsWithDelta($withTaxes * $lines[$key][1] / $lines[$key][0], $withoutTaxes, 0.5);
            }
        }
        self::assertSame(array_filter($lines, static fn (array $line): bool => $line[0] > 0), SlipParts::of($total, $lines));
    }

    /** @return iterable<string, array{array<int|string, array{int, int}>}> */
    public static function orders(): iterable
    {
        yield 'one product' => [[17 => [2294, 1912], 'shipping' => [0, 0]]];
        yield 'two rates and shipping' => [[17 => [2294, 1912], 18 => [1055, 1000], 'shipping' => [840, 700]]];
        yield 'a free product' => [[17 => [0, 0], 18 => [1055, 1000], 'shipping' => [0, 0]]];
        yield 'shipping only' => [[17 => [0, 0], 'shipping' => [840, 700]]];
    }

    public function testAnOrderOfNothingHasNoParts(): void
    {
        self::assertSame([], SlipParts::of(500, ['shipping' => [0, 0]]));
    }
}
