<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Tests;

use Comptoir\PrestaShop\Payment\CustomerFields;
use PHPUnit\Framework\TestCase;

final class CustomerFieldsTest extends TestCase
{
    /** @dataProvider phones */
    public function testAPhoneNumberIsInternationalOrLeftOut(string $typed, string $prefix, string $expected): void
    {
        self::assertSame($expected, CustomerFields::international($typed, $prefix));
    }

    /** @return iterable<array{string, string, string}> */
    public static function phones(): iterable
    {
        yield ['06 12 34 56 78', '33', '+33612345678'];
        yield ['+33 6 12.34-56 78', '33', '+33612345678'];
        yield ['0033612345678', '39', '+33612345678'];
        yield ['(0)6 12 34 56 78', '33', '+33612345678'];
        yield ['12', '33', ''];
        yield ['', '33', ''];
        yield ['0612345678', '', ''];
        yield ['call me', '33', ''];
    }

    public function testWhatTheApiWouldRefuseIsLeftOut(): void
    {
        self::assertSame(['name' => 'Ada Martin', 'email' => 'a@b.fr', 'external_id' => '8'], CustomerFields::of('Ada', 'Martin', 'a@b.fr', '', '33', 8));
        self::assertSame(['email' => 'a@b.fr', 'external_id' => '8'], CustomerFields::of('X', '', 'a@b.fr', '', '33', 8));
        self::assertSame(64, mb_strlen(CustomerFields::of(str_repeat('é', 70), 'x', 'a@b.fr', '', '', 1)['name']));
        self::assertArrayNotHasKey('email', CustomerFields::of('Ada', 'Martin', str_repeat('a', 60) . '@b.fr', '', '', 1));
    }
}
