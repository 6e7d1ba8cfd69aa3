<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Payment;

if (!defined('_PS_VERSION_')) {
    exit;
}

/** What a payment read from the API means for the shop. */
enum Outcome
{
    /** The money moves: an order is due. */
    case Paid;
    /** Reserved, not captured: an order is due, not to be shipped yet. */
    case Authorized;
    /** Nothing decided yet: the payer is on the page, or the bank has not answered. */
    case Pending;
    /** Refused, but the same payment can be tried again. */
    case Declined;
    /** Over without money: only a new payment can help. */
    case Dead;

    private const OF_STATUS = [
        'authorized' => self::Authorized,
        'to_capture' => self::Paid, 'capture_sent' => self::Paid, 'captured' => self::Paid, 'disputed' => self::Paid,
        'refused' => self::Dead, 'failed' => self::Dead, 'expired' => self::Dead, 'canceled' => self::Dead,
    ];

    /** @param array<string, mixed> $payment as read from GET /v2/payments/{id} */
    public static function of(array $payment): self
    {
        $status = $payment['status'] ?? null;
        if ($status !== null) {
            return self::OF_STATUS[$status] ?? self::Pending;
        }
        $auth = is_array($payment['auth'] ?? null) ? ($payment['auth']['status'] ?? null) : null;
        $response = $payment['response'] ?? null;
        if (in_array($auth, ['declined', 'failed', 'expired', 'unavailable'], true)
            || ($response !== null && $response !== '' && $response !== '00')) {
            return self::Declined;
        }

        return self::Pending;
    }

    /** True when the payer may still pay it on the payment page. */
    public function isPayable(): bool
    {
        return $this === self::Pending || $this === self::Declined;
    }

    public function needsOrder(): bool
    {
        return $this === self::Paid || $this === self::Authorized;
    }
}
