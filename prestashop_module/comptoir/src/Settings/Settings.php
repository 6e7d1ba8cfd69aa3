<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Settings;

if (!defined('_PS_VERSION_')) {
    exit;
}

/**
 * Keys and addresses of the payment API, read once per request.
 *
 * A hosted boutique has them in a private file outside the web root, written by the platform: nothing secret is in the
 * database, and a renewed key takes effect at the next request. Any other shop fills in the form (SettingsForm).
 */
final class Settings
{
    public const FILE_VARIABLE = 'COMPTOIR_CONFIG_FILE';
    public const DEFAULT_FILE = '/run/comptoir/comptoir.json';
    public const KEY_PATTERN = '/^(stest|sprod|ptest|pprod)_\w{24}$/';

    private function __construct(
        public readonly bool $hosted,
        public readonly bool $live,
        public readonly string $apiUrl,
        public readonly string $paymentUrl,
        public readonly string $secretKey,
        public readonly string $publicKey,
        public readonly string $webhookSecret,
        public readonly ?string $caFile,
        public readonly string $boutiqueId
    ) {
    }

    public static function file(): string
    {
        return getenv(self::FILE_VARIABLE) ?: self::DEFAULT_FILE;
    }

    public static function isHosted(): bool
    {
        return is_file(self::file());
    }

    /**
     * @param callable(string): string $option reads one value of the shop's configuration
     *
     * @throws SettingsError
     */
    public static function load(callable $option): self
    {
        return self::isHosted() ? self::ofFile(self::file()) : self::ofShop($option);
    }

    /** @throws SettingsError */
    public static function ofFile(string $path): self
    {
        $data = is_readable($path) ? json_decode((string) file_get_contents($path), true) : null;
        if (!is_array($data)) {
            throw new SettingsError('The private file ' . $path . ' cannot be read.');
        }
        $data = array_map(static fn ($value) => is_scalar($value) ? (string) $value : '', $data);
        $data += ['mode' => '', 'api_url' => '', 'payment_url' => '', 'secret_key' => '', 'public_key' => '',
            'webhook_secret' => '', 'ca_file' => '', 'boutique_id' => '', ];

        return self::checked(true, $data);
    }

    /**
     * @param callable(string): string $option
     *
     * @throws SettingsError
     */
    public static function ofShop(callable $option): self
    {
        $mode = $option('COMPTOIR_MODE') === 'live' ? 'live' : 'test';
        $api = rtrim($option('COMPTOIR_API_URL'), '/');

        return self::checked(false, [
            'mode' => $mode,
            'api_url' => $api,
            'payment_url' => self::paymentUrlOf($api),
            'secret_key' => $option('COMPTOIR_SECRET_KEY_' . strtoupper($mode)),
            'public_key' => $option('COMPTOIR_PUBLIC_KEY_' . strtoupper($mode)),
            'webhook_secret' => $option('COMPTOIR_WEBHOOK_SECRET'),
            'ca_file' => '',
            'boutique_id' => '',
        ]);
    }

    /** The payment page lives on the API's host with `api` replaced by `payment`, as every client of the API assumes. */
    public static function paymentUrlOf(string $apiUrl): string
    {
        return (string) preg_replace('#^(https://)api\b#', '$1payment', $apiUrl);
    }

    /** Never shows a secret in a dump or a trace. */
    public function __debugInfo(): array
    {
        return ['hosted' => $this->hosted, 'live' => $this->live, 'apiUrl' => $this->apiUrl];
    }

    /** @param array<string, string> $data */
    private static function checked(bool $hosted, array $data): self
    {
        $live = $data['mode'] === 'live';
        $mode = $live ? 'prod' : 'test';
        $rules = [
            'mode' => '/^(test|live)$/',
            'api_url' => '#^https://[^/]+$#',
            'payment_url' => '#^https://[^/]+$#',
            'secret_key' => '/^s' . $mode . '_\w{24}$/',
            'public_key' => '/^p' . $mode . '_\w{24}$/',
            'webhook_secret' => '/^([0-9a-f]{2}){16,}$/i',
        ];
        $data['api_url'] = rtrim($data['api_url'], '/');
        $data['payment_url'] = rtrim($data['payment_url'], '/');
        $wrong = array_keys(array_filter($rules, static fn ($rule, $name) => !preg_match($rule, $data[$name]), ARRAY_FILTER_USE_BOTH));
        if ($wrong !== []) {
            throw new SettingsError('Missing or malformed: ' . implode(', ', $wrong) . '.');
        }
        $caFile = $data['ca_file'] !== '' && is_readable($data['ca_file']) ? $data['ca_file'] : null;

        return new self($hosted, $live, $data['api_url'], $data['payment_url'], $data['secret_key'], $data['public_key'],
            $data['webhook_secret'], $caFile, $data['boutique_id']);
    }
}
