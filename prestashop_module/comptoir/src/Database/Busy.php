<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Database;

if (!defined('_PS_VERSION_')) {
    exit;
}

/** Somebody else is doing this work right now: come back in a moment. */
final class Busy extends \RuntimeException
{
}
