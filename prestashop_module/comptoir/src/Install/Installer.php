<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Install;

use Comptoir\PrestaShop\Database\Database;
use Comptoir\PrestaShop\Settings\SettingsForm;
use Configuration;
use Hook;

if (!defined('_PS_VERSION_')) {
    exit;
}

/** Brings a shop to the state the module needs, however often it runs. Nothing in it belongs to one particular shop. */
final class Installer
{
    public static function install(\Comptoir $module): bool
    {
        (new Schema(Database::ofShop()))->create();
        OrderStates::create();

        $hooked = (bool) $module->registerHook(\Comptoir::HOOKS);
        // Cards first: it is the choice most buyers look for, and the shop can move it.
        $module->updatePosition((int) Hook::getIdByName('paymentOptions'), false, 1);

        return $hooked;
    }

    public static function uninstall(): bool
    {
        OrderStates::remove();
        (new Schema(Database::ofShop()))->dropEmpty();
        foreach (SettingsForm::OPTIONS as $option) {
            Configuration::deleteByName($option);
        }

        return true;
    }
}
