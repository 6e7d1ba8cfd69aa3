<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Tests;

use Comptoir\PrestaShop\Order\OrderStateMap as Map;
use PHPUnit\Framework\TestCase;

final class OrderStateMapTest extends TestCase
{
    /** state: [event => next state]; every pair that is not listed must change nothing. */
    private const EXPECTED = [
        Map::NONE => ['authorized' => Map::AUTHORIZED, 'paid' => Map::PAID, 'canceled' => Map::CANCELED, 'expired' => Map::CANCELED, 'failed' => Map::ERROR, 'disputed' => Map::DISPUTED],
        Map::AWAITING => ['authorized' => Map::AUTHORIZED, 'paid' => Map::PAID, 'canceled' => Map::CANCELED, 'expired' => Map::CANCELED, 'failed' => Map::ERROR, 'disputed' => Map::DISPUTED],
        Map::AUTHORIZED => ['paid' => Map::PAID, 'canceled' => Map::CANCELED, 'expired' => Map::CANCELED, 'failed' => Map::ERROR, 'disputed' => Map::DISPUTED],
        Map::VERIFY => ['canceled' => Map::CANCELED, 'refunded' => Map::REFUNDED, 'disputed' => Map::DISPUTED],
        Map::PAID => ['canceled' => Map::CANCELED, 'failed' => Map::ERROR, 'partially_refunded' => Map::PARTIALLY_REFUNDED, 'refunded' => Map::REFUNDED, 'refund_failed' => Map::VERIFY, 'disputed' => Map::DISPUTED],
        Map::PARTIALLY_REFUNDED => ['canceled' => Map::CANCELED, 'refunded' => Map::REFUNDED, 'refund_failed' => Map::VERIFY, 'disputed' => Map::DISPUTED],
        Map::REFUNDED => ['canceled' => Map::CANCELED, 'refund_failed' => Map::VERIFY],
        Map::DISPUTED => ['refunded' => Map::REFUNDED],
        Map::OTHER => ['refunded' => Map::REFUNDED, 'disputed' => Map::DISPUTED],
        Map::CANCELED => [],
        Map::ERROR => [],
    ];

    /** @dataProvider pairs */
    public function testEveryEventInEveryState(string $state, string $event, ?string $next): void
    {
        self::assertSame($next, Map::next($state, $event));
    }

    /** @return iterable<array{string, string, string|null}> */
    public static function pairs(): iterable
    {
        foreach (Map::states() as $state) {
            foreach (Map::events() as $event) {
                yield "$event when $state" => [$state, $event, self::EXPECTED[$state][$event] ?? null];
            }
        }
    }

    public function testNoEventLeadsAnOrderBackToPaid(): void
    {
        foreach (array_diff(Map::states(), [Map::NONE, Map::AWAITING, Map::AUTHORIZED]) as $state) {
            self::assertNotSame(Map::PAID, Map::next($state, 'paid'), $state);
        }
    }

    public function testTheSameEventTwiceChangesNothing(): void
    {
        foreach (Map::states() as $state) {
            foreach (Map::events() as $event) {
                $next = Map::next($state, $event);
                self::assertNull($next === null ? null : Map::next($next, $event), "$event twice from $state");
            }
        }
    }

    /** @dataProvider statuses */
    public function testAPaymentStatusIsAnEvent(?string $status, ?string $event): void
    {
        self::assertSame($event, Map::eventOf($status));
    }

    /** @return iterable<array{string|null, string|null}> */
    public static function statuses(): iterable
    {
        yield [null, null];
        yield ['authorized', 'authorized'];
        yield ['to_capture', 'paid'];
        yield ['capture_sent', 'paid'];
        yield ['captured', 'paid'];
        yield ['canceled', 'canceled'];
        yield ['refused', 'failed'];
        yield ['failed', 'failed'];
        yield ['expired', 'expired'];
        yield ['disputed', 'disputed'];
        yield ['something new', null];
    }
}
