<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Tests;

use Comptoir\PrestaShop\Payment\Outcome;
use Comptoir\PrestaShop\Payment\StatusOrder;
use PHPUnit\Framework\TestCase;

final class OutcomeTest extends TestCase
{
    /**
     * @param array<string, mixed> $payment
     *
     * @dataProvider payments
     */
    public function testWhatAPaymentMeans(array $payment, Outcome $outcome): void
    {
        self::assertSame($outcome, Outcome::of($payment));
    }

    /** @return iterable<string, array{array<string, mixed>, Outcome}> */
    public static function payments(): iterable
    {
        yield 'new' => [['status' => null, 'response' => null, 'auth' => ['status' => 'requested']], Outcome::Pending];
        yield 'no auth' => [['status' => null, 'auth' => null], Outcome::Pending];
        yield 'auth false' => [['status' => null, 'auth' => false], Outcome::Pending];
        yield 'challenge running' => [['status' => null, 'auth' => ['status' => 'attempted']], Outcome::Pending];
        yield 'authenticated, not processed' => [['status' => null, 'auth' => ['status' => 'success']], Outcome::Pending];
        foreach (['declined', 'failed', 'expired', 'unavailable'] as $auth) {
            yield 'authentication ' . $auth => [['status' => null, 'auth' => ['status' => $auth]], Outcome::Declined];
        }
        yield 'declined, can be tried again' => [['status' => null, 'response' => '51'], Outcome::Declined];
        yield 'authorized' => [['status' => 'authorized'], Outcome::Authorized];
        foreach (['to_capture', 'capture_sent', 'captured', 'disputed'] as $status) {
            yield $status => [['status' => $status, 'response' => '00'], Outcome::Paid];
        }
        foreach (['refused', 'failed', 'expired', 'canceled'] as $status) {
            yield $status => [['status' => $status], Outcome::Dead];
        }
        yield 'unknown status' => [['status' => 'new_one'], Outcome::Pending];
    }

    public function testOnlyUndecidedPaymentsCanBePaid(): void
    {
        self::assertTrue(Outcome::Pending->isPayable());
        self::assertTrue(Outcome::Declined->isPayable());
        self::assertFalse(Outcome::Dead->isPayable());
        self::assertFalse(Outcome::Paid->isPayable());
        self::assertTrue(Outcome::Paid->needsOrder());
        self::assertTrue(Outcome::Authorized->needsOrder());
        self::assertFalse(Outcome::Pending->needsOrder());
    }

    /** @dataProvider readings */
    public function testAnOldReadingIsRecognised(?string $read, string $known, bool $older): void
    {
        self::assertSame($older, StatusOrder::isOlder($read, $known));
    }

    /** @return iterable<array{string|null, string, bool}> */
    public static function readings(): iterable
    {
        yield [null, 'authorized', true];
        yield ['to_capture', 'captured', true];
        yield ['to_capture', 'to_capture', false];
        yield ['captured', 'to_capture', false];
        yield ['captured', 'disputed', false];
        yield ['to_capture', 'canceled', true];
        yield ['canceled', 'to_capture', false];
        yield ['disputed', 'captured', false];
    }
}
