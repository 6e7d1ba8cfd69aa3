<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Tests;

use Comptoir\PrestaShop\Payment\UniqueId;
use PHPUnit\Framework\TestCase;

final class UniqueIdTest extends TestCase
{
    private const ATTEMPT = ['key', 'btq_1', 1, 7, '2026-11-23 10:00:00', 1];

    public function testTheSameAttemptHasAlwaysTheSameName(): void
    {
        self::assertSame(UniqueId::of(...self::ATTEMPT), UniqueId::of(...self::ATTEMPT));
    }

    public function testItFitsTheApi(): void
    {
        self::assertMatchesRegularExpression('/^ps-[0-9a-f]{32}$/', UniqueId::of(...self::ATTEMPT));
        self::assertLessThanOrEqual(36, strlen(UniqueId::of(...self::ATTEMPT)));
    }

    /** @dataProvider differences */
    public function testAnyDifferenceGivesAnotherName(int $position, string|int $value): void
    {
        $other = self::ATTEMPT;
        $other[$position] = $value;
        self::assertNotSame(UniqueId::of(...self::ATTEMPT), UniqueId::of(...$other));
    }

    /** @return iterable<string, array{int, string|int}> */
    public static function differences(): iterable
    {
        yield 'key' => [0, 'other'];
        yield 'boutique' => [1, 'btq_2'];
        yield 'shop' => [2, 2];
        yield 'cart' => [3, 8];
        yield 'cart of a restored shop' => [4, '2026-11-24 10:00:00'];
        yield 'attempt' => [5, 2];
    }

    public function testTheReturnTokenBelongsToOneAttempt(): void
    {
        $token = UniqueId::token('key', 'ps-a');
        self::assertTrue(UniqueId::isTokenOf($token, 'key', 'ps-a'));
        self::assertFalse(UniqueId::isTokenOf($token, 'key', 'ps-b'));
        self::assertFalse(UniqueId::isTokenOf($token, 'other', 'ps-a'));
        self::assertFalse(UniqueId::isTokenOf('', 'key', 'ps-a'));
    }
}
