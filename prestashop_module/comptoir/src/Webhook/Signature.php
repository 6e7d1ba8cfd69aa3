<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Webhook;

if (!defined('_PS_VERSION_')) {
    exit;
}

/**
 * Verifies `Stancer-Signature: t=<unix>,v1=<hex>`: HMAC-SHA256 of `<t>.<raw body>`, key = the secret decoded from hex.
 *
 * Several v1 are accepted, for the days on which a secret is renewed. The clock is the real one, never a test clock.
 */
final class Signature
{
    public const TOLERANCE_SECONDS = 300;

    public static function isValid(string $header, string $body, string $hexSecret, int $now): bool
    {
        $secret = ctype_xdigit($hexSecret) && strlen($hexSecret) % 2 === 0 ? hex2bin($hexSecret) : '';
        if ($secret === '' || $secret === false || !preg_match('/(?:^|,)\s*t=(\d{1,12})(?:,|$)/', $header, $time)) {
            return false;
        }
        $expected = hash_hmac('sha256', $time[1] . '.' . $body, $secret);
        preg_match_all('/(?:^|,)\s*v1=([0-9a-f]{64})(?=,|$)/i', $header, $given);
        $valid = false;
        foreach ($given[1] as $signature) {
            $valid = hash_equals($expected, strtolower($signature)) || $valid;
        }

        return $valid && abs($now - (int) $time[1]) <= self::TOLERANCE_SECONDS;
    }
}
