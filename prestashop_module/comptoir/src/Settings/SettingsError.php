<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Settings;

if (!defined('_PS_VERSION_')) {
    exit;
}

/** The module is not configured, or its private file cannot be used; the message says what is missing, never a value. */
final class SettingsError extends \RuntimeException
{
}
