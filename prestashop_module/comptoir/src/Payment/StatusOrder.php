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
 * Tells an old reading of a payment from a new one. Two processes may read the API at different moments and then wait
 * for the same lock; the one with the older reading must not win because it comes last.
 */
final class StatusOrder
{
    private const RANK = ['' => 0, 'authorized' => 1, 'to_capture' => 2, 'capture_sent' => 3, 'captured' => 4, 'disputed' => 5,
        'refused' => 9, 'failed' => 9, 'expired' => 9, 'canceled' => 9, ];

    public static function isOlder(?string $read, string $known): bool
    {
        // A dispute that was won brings the payment back to "captured".
        if ($known === 'disputed' && $read === 'captured') {
            return false;
        }

        return (self::RANK[$read ?? ''] ?? 0) < (self::RANK[$known] ?? 0);
    }
}
