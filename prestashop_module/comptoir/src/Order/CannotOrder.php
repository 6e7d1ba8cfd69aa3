<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Order;

if (!defined('_PS_VERSION_')) {
    exit;
}

/** The money is there but no order can be made of the cart: somebody has to look at it. */
final class CannotOrder extends \RuntimeException
{
}
