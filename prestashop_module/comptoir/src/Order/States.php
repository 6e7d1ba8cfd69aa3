<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Order;

use Configuration;

if (!defined('_PS_VERSION_')) {
    exit;
}

/** Order states of this shop: from the names of OrderStateMap to their numbers and back. */
final class States
{
    /** Our own states; PrestaShop's have PS_OS_*. */
    public const OWN = [
        OrderStateMap::AWAITING => 'COMPTOIR_OS_AWAITING',
        OrderStateMap::AUTHORIZED => 'COMPTOIR_OS_AUTHORIZED',
        OrderStateMap::VERIFY => 'COMPTOIR_OS_VERIFY',
        OrderStateMap::PARTIALLY_REFUNDED => 'COMPTOIR_OS_PARTIAL_REFUND',
        OrderStateMap::DISPUTED => 'COMPTOIR_OS_DISPUTED',
    ];

    private const NATIVE = [
        OrderStateMap::PAID => 'PS_OS_PAYMENT',
        OrderStateMap::REFUNDED => 'PS_OS_REFUND',
        OrderStateMap::CANCELED => 'PS_OS_CANCELED',
        OrderStateMap::ERROR => 'PS_OS_ERROR',
    ];

    /** States of the core that mean the same as "paid". */
    private const ALSO_PAID = ['PS_OS_WS_PAYMENT', 'PS_OS_OUTOFSTOCK_PAID'];

    public static function id(string $name): int
    {
        return (int) Configuration::getGlobalValue((self::OWN + self::NATIVE)[$name]);
    }

    public static function nameOf(int $stateId): string
    {
        if ($stateId === 0) {
            return OrderStateMap::NONE;
        }
        foreach (array_keys(self::OWN + self::NATIVE) as $name) {
            if (self::id($name) === $stateId) {
                return $name;
            }
        }
        foreach (self::ALSO_PAID as $key) {
            if ((int) Configuration::getGlobalValue($key) === $stateId) {
                return OrderStateMap::PAID;
            }
        }

        return OrderStateMap::OTHER;
    }
}
