<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Order;

if (!defined('_PS_VERSION_')) {
    exit;
}

/**
 * Which order state follows what happened to the payment. Orders only move forward.
 *
 * The table is the whole truth: an event changes an order only from the states listed, and never one that the merchant
 * has taken further (preparation, shipped, delivered or any state of another module are all `other`). Late and doubled
 * events therefore find no row and change nothing.
 */
final class OrderStateMap
{
    public const NONE = 'none';
    public const AWAITING = 'awaiting';
    public const AUTHORIZED = 'authorized';
    public const VERIFY = 'verify';
    public const PAID = 'paid';
    public const PARTIALLY_REFUNDED = 'partially_refunded';
    public const REFUNDED = 'refunded';
    public const DISPUTED = 'disputed';
    public const CANCELED = 'canceled';
    public const ERROR = 'error';
    public const OTHER = 'other';

    /** event: [next state, states it may come from] */
    private const FORWARD = [
        'authorized' => [self::AUTHORIZED, [self::NONE, self::AWAITING]],
        'paid' => [self::PAID, [self::NONE, self::AWAITING, self::AUTHORIZED]],
        'canceled' => [self::CANCELED, [self::NONE, self::AWAITING, self::AUTHORIZED, self::VERIFY, self::PAID, self::PARTIALLY_REFUNDED, self::REFUNDED]],
        'expired' => [self::CANCELED, [self::NONE, self::AWAITING, self::AUTHORIZED]],
        'failed' => [self::ERROR, [self::NONE, self::AWAITING, self::AUTHORIZED, self::PAID]],
        'partially_refunded' => [self::PARTIALLY_REFUNDED, [self::PAID]],
        'refunded' => [self::REFUNDED, [self::VERIFY, self::PAID, self::PARTIALLY_REFUNDED, self::DISPUTED, self::OTHER]],
        'refund_failed' => [self::VERIFY, [self::PAID, self::PARTIALLY_REFUNDED, self::REFUNDED]],
        'disputed' => [self::DISPUTED, [self::NONE, self::AWAITING, self::AUTHORIZED, self::VERIFY, self::PAID, self::PARTIALLY_REFUNDED, self::OTHER]],
    ];

    private const EVENT_OF_STATUS = [
        'authorized' => 'authorized', 'to_capture' => 'paid', 'capture_sent' => 'paid', 'captured' => 'paid',
        'canceled' => 'canceled', 'expired' => 'expired', 'failed' => 'failed', 'refused' => 'failed', 'disputed' => 'disputed',
    ];

    /** @return string|null the state to give to the order, null to leave it alone */
    public static function next(string $current, string $event): ?string
    {
        [$target, $from] = self::FORWARD[$event] ?? [null, []];

        return in_array($current, $from, true) ? $target : null;
    }

    public static function eventOf(?string $paymentStatus): ?string
    {
        return self::EVENT_OF_STATUS[$paymentStatus ?? ''] ?? null;
    }

    /** @return string[] */
    public static function events(): array
    {
        return array_keys(self::FORWARD);
    }

    /** @return string[] */
    public static function states(): array
    {
        return [self::NONE, self::AWAITING, self::AUTHORIZED, self::VERIFY, self::PAID, self::PARTIALLY_REFUNDED,
            self::REFUNDED, self::DISPUTED, self::CANCELED, self::ERROR, self::OTHER, ];
    }
}
