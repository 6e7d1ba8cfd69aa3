<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Install;

use Comptoir\PrestaShop\Order\OrderStateMap;
use Comptoir\PrestaShop\Order\States;
use Configuration;
use Db;
use Language;
use OrderState;

if (!defined('_PS_VERSION_')) {
    exit;
}

/**
 * Creates our order states once and takes them away again.
 *
 * A state that some order has had is only marked deleted, so that its history stays readable; its number is kept in the
 * configuration and the state comes back when the module is installed again.
 */
final class OrderStates
{
    private const NAMES = [
        OrderStateMap::AWAITING => ['en' => 'Awaiting Comptoir payment', 'fr' => 'En attente de paiement Comptoir', 'it' => 'In attesa di pagamento Comptoir'],
        OrderStateMap::AUTHORIZED => ['en' => 'Payment authorized', 'fr' => 'Paiement autorisé', 'it' => 'Pagamento autorizzato'],
        OrderStateMap::VERIFY => ['en' => 'Payment received, to be verified', 'fr' => 'Paiement reçu, à vérifier', 'it' => 'Pagamento ricevuto, da verificare'],
        OrderStateMap::PARTIALLY_REFUNDED => ['en' => 'Partially refunded', 'fr' => 'Partiellement remboursé', 'it' => 'Parzialmente rimborsato'],
        OrderStateMap::DISPUTED => ['en' => 'Payment disputed', 'fr' => 'Paiement contesté', 'it' => 'Pagamento contestato'],
    ];

    private const COLORS = [
        OrderStateMap::AWAITING => '#34209E',
        OrderStateMap::AUTHORIZED => '#3498D8',
        OrderStateMap::VERIFY => '#E67E22',
        OrderStateMap::PARTIALLY_REFUNDED => '#01B887',
        OrderStateMap::DISPUTED => '#C9292B',
    ];

    public static function create(): void
    {
        foreach (States::OWN as $name => $key) {
            $state = new OrderState((int) Configuration::getGlobalValue($key));
            if ($state->module_name !== 'comptoir') {
                $state = new OrderState();
            }
            self::fill($state, $name);
            $state->save();
            Configuration::updateGlobalValue($key, (int) $state->id);
        }
    }

    public static function remove(): void
    {
        foreach (States::OWN as $key) {
            $state = new OrderState((int) Configuration::getGlobalValue($key));
            if (!$state->id || $state->module_name !== 'comptoir') {
                continue;
            }
            $used = Db::getInstance()->getValue('SELECT 1 FROM ' . _DB_PREFIX_ . 'order_history WHERE id_order_state = ' . (int) $state->id);
            if ($used) {
                $state->deleted = true;
                $state->update();
            } else {
                $state->unremovable = false;
                $state->delete();
                Configuration::deleteByName($key);
            }
        }
    }

    private static function fill(OrderState $state, string $name): void
    {
        $paid = $name === OrderStateMap::PARTIALLY_REFUNDED || $name === OrderStateMap::DISPUTED;
        foreach (Language::getLanguages(false) as $language) {
            $state->name[(int) $language['id_lang']] = self::NAMES[$name][$language['iso_code']] ?? self::NAMES[$name]['en'];
        }
        $state->module_name = 'comptoir';
        $state->color = self::COLORS[$name];
        $state->unremovable = true;
        $state->logable = $paid;
        $state->paid = $paid;
        $state->invoice = $paid;
        $state->pdf_invoice = $paid;
        $state->send_email = false;
        $state->hidden = false;
        $state->deleted = false;
    }
}
