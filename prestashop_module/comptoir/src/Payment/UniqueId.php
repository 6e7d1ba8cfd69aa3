<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Payment;

if (!defined('_PS_VERSION_')) {
    exit;
}

/**
 * Names one attempt to pay one cart, and signs the address to which the payer comes back.
 *
 * Both are derived, not drawn: a double click, or a request killed and made again, asks the API for the same payment.
 * The cart's creation date is part of it, because a shop restored from a backup gives the same cart numbers again; the
 * site is part of it, because all boutiques of a merchant share one account (unique_id is unique per account).
 */
final class UniqueId
{
    public static function of(string $key, string $site, int $shopId, int $cartId, string $cartDate, int $attempt): string
    {
        return 'ps-' . substr(hash_hmac('sha256', implode('|', ['attempt', $site, $shopId, $cartId, $cartDate, $attempt]), $key), 0, 32);
    }

    public static function token(string $key, string $uniqueId): string
    {
        return substr(hash_hmac('sha256', 'return|' . $uniqueId, $key), 0, 40);
    }

    public static function isTokenOf(string $token, string $key, string $uniqueId): bool
    {
        return hash_equals(self::token($key, $uniqueId), $token);
    }
}
