<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Tests;

use Comptoir\PrestaShop\Webhook\Signature;
use PHPUnit\Framework\TestCase;

final class SignatureTest extends TestCase
{
    private const SECRET = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';
    private const BODY = '{"id":"evt_1","type":"payment.captured"}';
    private const NOW = 1767225600;

    public function testAKnownSignatureIsAccepted(): void
    {
        // printf '1767225600.{"id":"evt_1","type":"payment.captured"}' | openssl dgst -sha256 -mac HMAC -macopt hexkey:0001…1f
        $header = 't=1767225600,v1=4803182f0dfccf133524d914a1721c6d80e823c7fa1570e14bdf55943cf4a901';
        self::assertTrue(Signature::isValid($header, self::BODY, self::SECRET, self::NOW));
    }

    public function testOneOfSeveralSignaturesIsEnough(): void
    {
        $header = 't=' . self::NOW . ',v1=' . str_repeat('0', 64) . ',v1=' . $this->sign(self::NOW);
        self::assertTrue(Signature::isValid($header, self::BODY, self::SECRET, self::NOW));
    }

    public function testUpperCaseAndSpacesAreAccepted(): void
    {
        self::assertTrue(Signature::isValid('t=' . self::NOW . ', v1=' . strtoupper($this->sign(self::NOW)), self::BODY, self::SECRET, self::NOW));
    }

    /** @dataProvider ages */
    public function testTheTimestampMayDifferByFiveMinutesBothWays(int $age, bool $valid): void
    {
        $header = 't=' . (self::NOW - $age) . ',v1=' . $this->sign(self::NOW - $age);
        self::assertSame($valid, Signature::isValid($header, self::BODY, self::SECRET, self::NOW));
    }

    /** @return iterable<array{int, bool}> */
    public static function ages(): iterable
    {
        yield [0, true];
        yield [300, true];
        yield [-300, true];
        yield [301, false];
        yield [-301, false];
    }

    /** @dataProvider forgeries */
    public function testAnythingElseIsRefused(string $header, string $body, string $secret): void
    {
        self::assertFalse(Signature::isValid($header, $body, $secret, self::NOW));
    }

    /** @return iterable<string, array{string, string, string}> */
    public static function forgeries(): iterable
    {
        $good = hash_hmac('sha256', self::NOW . '.' . self::BODY, (string) hex2bin(self::SECRET));
        yield 'empty' => ['', self::BODY, self::SECRET];
        yield 'no time' => ['v1=' . $good, self::BODY, self::SECRET];
        yield 'no signature' => ['t=' . self::NOW, self::BODY, self::SECRET];
        yield 'other body' => ['t=' . self::NOW . ',v1=' . $good, self::BODY . ' ', self::SECRET];
        yield 'other time' => ['t=' . (self::NOW + 1) . ',v1=' . $good, self::BODY, self::SECRET];
        yield 'other secret' => ['t=' . self::NOW . ',v1=' . $good, self::BODY, str_repeat('ab', 32)];
        yield 'secret not hexadecimal' => ['t=' . self::NOW . ',v1=' . $good, self::BODY, 'secret'];
        yield 'no secret' => ['t=' . self::NOW . ',v1=' . hash_hmac('sha256', self::NOW . '.' . self::BODY, ''), self::BODY, ''];
        yield 'cut' => ['t=' . self::NOW . ',v1=' . substr($good, 0, 32), self::BODY, self::SECRET];
        yield 'other scheme' => ['t=' . self::NOW . ',v0=' . $good, self::BODY, self::SECRET];
        yield 'key taken as text' => ['t=' . self::NOW . ',v1=' . hash_hmac('sha256', self::NOW . '.' . self::BODY, self::SECRET), self::BODY, self::SECRET];
    }

    private function sign(int $time): string
    {
        return hash_hmac('sha256', $time . '.' . self::BODY, (string) hex2bin(self::SECRET));
    }
}
