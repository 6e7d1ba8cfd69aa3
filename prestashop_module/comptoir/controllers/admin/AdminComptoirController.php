<?php
/**
 * @license AFL-3.0
 */
if (!defined('_PS_VERSION_')) {
    exit;
}

use Comptoir\PrestaShop\Api\PaymentsError;
use Comptoir\PrestaShop\Database\Busy;
use Comptoir\PrestaShop\Settings\SettingsError;

/** The button "Refresh" of the order panel: reads payment and refunds from the API and applies what the shop missed. */
class AdminComptoirController extends ModuleAdminController
{
    public function postProcess()
    {
        $orderId = (int) Tools::getValue('id_order');
        $services = $this->module->services();
        try {
            foreach ($services->attempts->ofOrder($orderId) as $attempt) {
                $services->sync()->apply($services->client()->payment((string) $attempt['payment_id']));
                $refunds = $services->client()->refundsOf((string) $attempt['payment_id']);
                $services->claims->alone((int) $attempt['id_shop'], static function () use ($services, $refunds): void {
                    array_map(static fn (array $refund) => $services->refundSync()->apply($refund), $refunds);
                });
            }
            $services->sync()->sendReferences($services->client());
        } catch (PaymentsError | SettingsError | Busy $error) {
            PrestaShopLogger::addLog('Comptoir refresh: ' . $error->getMessage(), 2, null, 'Order', $orderId, true);
        }
        Tools::redirectAdmin($this->context->link->getAdminLink('AdminOrders', true, ['route' => 'admin_orders_view', 'orderId' => $orderId]));
    }
}
