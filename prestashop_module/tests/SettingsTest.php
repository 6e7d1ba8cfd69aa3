<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Tests;

use Comptoir\PrestaShop\Settings\Settings;
use Comptoir\PrestaShop\Settings\SettingsError;
use PHPUnit\Framework\TestCase;

final class SettingsTest extends TestCase
{
    private const FILE = [
        'boutique_id' => 'btq_aaaaaaaaaaaaaaaaaaaaaaaa', 'mode' => 'test', 'api_url' => 'https://api.localhost:8443/',
        'payment_url' => 'https://payment.localhost:8443', 'secret_key' => 'stest_aaaaaaaaaaaaaaaaaaaaaaaa',
        'public_key' => 'ptest_aaaaaaaaaaaaaaaaaaaaaaaa', 'webhook_secret' => 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
        'ca_file' => '',
    ];

    private string $path;

    protected function setUp(): void
    {
        $this->path = (string) tempnam(sys_get_temp_dir(), 'comptoir');
    }

    protected function tearDown(): void
    {
        unlink($this->path);
        putenv(Settings::FILE_VARIABLE);
    }

    public function testTheFileOfAHostedBoutique(): void
    {
        file_put_contents($this->path, (string) json_encode(self::FILE));
        putenv(Settings::FILE_VARIABLE . '=' . $this->path);
        $settings = Settings::load(static fn (string $name): string => 'not asked');
        self::assertTrue($settings->hosted);
        self::assertFalse($settings->live);
        self::assertSame('https://api.localhost:8443', $settings->apiUrl);
        self::assertSame('https://payment.localhost:8443', $settings->paymentUrl);
        self::assertNull($settings->caFile);
    }

    /**
     * @param array<string, mixed> $changes
     *
     * @dataProvider mistakes
     */
    public function testAMistakeInTheFileIsNamedWithoutItsValue(array $changes, string $named): void
    {
        file_put_contents($this->path, (string) json_encode($changes + self::FILE));
        try {
            Settings::ofFile($this->path);
            self::fail('The file was accepted.');
        } catch (SettingsError $error) {
            self::assertStringContainsString($named, $error->getMessage());
            self::assertStringNotContainsString('aaaa', $error->getMessage());
        }
    }

    /** @return iterable<string, array{array<string, mixed>, string}> */
    public static function mistakes(): iterable
    {
        yield 'public key as secret' => [['secret_key' => self::FILE['public_key']], 'secret_key'];
        yield 'test key in live mode' => [['mode' => 'live'], 'secret_key, public_key'];
        yield 'key too short' => [['secret_key' => 'stest_aaaa'], 'secret_key'];
        yield 'key missing' => [['public_key' => null], 'public_key'];
        yield 'no https' => [['api_url' => 'http://api.localhost'], 'api_url'];
        yield 'secret not hexadecimal' => [['webhook_secret' => 'zz'], 'webhook_secret'];
    }

    public function testAnUnreadableFileIsAnError(): void
    {
        file_put_contents($this->path, '{');
        $this->expectException(SettingsError::class);
        Settings::ofFile($this->path);
    }

    public function testAShopOfItsOwnUsesTheKeysOfItsMode(): void
    {
        $options = [
            'COMPTOIR_MODE' => 'live', 'COMPTOIR_API_URL' => 'https://api.example.com:8443',
            'COMPTOIR_SECRET_KEY_LIVE' => 'sprod_bbbbbbbbbbbbbbbbbbbbbbbb', 'COMPTOIR_PUBLIC_KEY_LIVE' => 'pprod_bbbbbbbbbbbbbbbbbbbbbbbb',
            'COMPTOIR_WEBHOOK_SECRET' => str_repeat('0f', 32),
        ];
        $settings = Settings::ofShop(static fn (string $name): string => $options[$name] ?? '');
        self::assertTrue($settings->live);
        self::assertFalse($settings->hosted);
        self::assertSame('https://payment.example.com:8443', $settings->paymentUrl);
        self::assertSame('sprod_bbbbbbbbbbbbbbbbbbbbbbbb', $settings->secretKey);
    }

    public function testADumpShowsNoSecret(): void
    {
        file_put_contents($this->path, (string) json_encode(self::FILE));
        self::assertStringNotContainsString('aaaa', print_r(Settings::ofFile($this->path), true));
    }
}
