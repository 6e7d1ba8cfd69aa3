<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Tests;

use Comptoir\PrestaShop\Webhook\Event;
use InvalidArgumentException;
use PHPUnit\Framework\TestCase;

final class EventTest extends TestCase
{
    public function testAPaymentEvent(): void
    {
        $event = Event::ofBody(self::body([]));
        self::assertSame(['evt_a1', 'payment.captured', false, 3, 'paym_x1', false, true],
            [$event->id, $event->type, $event->live, $event->version, $event->objectId, $event->isRefund, $event->concernsUs()]);
    }

    public function testARefundEvent(): void
    {
        $event = Event::ofBody(self::body(['type' => 'refund.created', 'data' => ['id' => 'refd_x1']]));
        self::assertTrue($event->isRefund);
        self::assertTrue($event->concernsUs());
    }

    public function testOtherObjectsAreNoneOfOurBusiness(): void
    {
        self::assertFalse(Event::ofBody(self::body(['type' => 'payout.paid', 'data' => ['id' => 'pout_x1']]))->concernsUs());
        self::assertFalse(Event::ofBody(self::body(['type' => 'payout.paid']))->concernsUs());
        self::assertFalse(Event::ofBody(self::body(['type' => 'refund.created']))->concernsUs());
    }

    /** @dataProvider malformed */
    public function testAnythingElseIsRefused(string $body): void
    {
        $this->expectException(InvalidArgumentException::class);
        Event::ofBody($body);
    }

    /** @return iterable<string, array{string}> */
    public static function malformed(): iterable
    {
        yield 'empty' => [''];
        yield 'no json' => ['{"id"'];
        yield 'a string' => ['"evt_a1"'];
        yield 'id with markup' => [self::body(['id' => 'evt_<b>'])];
        yield 'id missing' => [self::body(['id' => null])];
        yield 'type of another shape' => [self::body(['type' => 'payment'])];
        yield 'version as text' => [self::body(['version' => '3'])];
        yield 'data missing' => [self::body(['data' => null])];
        yield 'object id with a slash' => [self::body(['data' => ['id' => 'paym_x/../y']])];
        yield 'object id too long' => [self::body(['data' => ['id' => 'paym_' . str_repeat('x', 40)]])];
    }

    /** @param array<string, mixed> $changes */
    private static function body(array $changes): string
    {
        return (string) json_encode($changes + ['id' => 'evt_a1', 'type' => 'payment.captured', 'created' => 1, 'live_mode' => false, 'version' => 3, 'data' => ['id' => 'paym_x1']]);
    }
}
