<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Refund;

use Comptoir\PrestaShop\Api\PaymentsError;
use Comptoir\PrestaShop\Database\Busy;
use Comptoir\PrestaShop\Services;
use Comptoir\PrestaShop\Settings\SettingsError;
use Context;
use Order;
use PrestaShop\PrestaShop\Adapter\SymfonyContainer;
use Tools;

if (!defined('_PS_VERSION_')) {
    exit;
}

/**
 * The native refund buttons of the order page.
 *
 * PrestaShop swallows what a hook throws, then mails the customer and reports success. A refusal therefore ends the
 * request here: slip and stock are put back, the employee gets the reason, and the core goes no further.
 */
final class BackOffice
{
    public function __construct(private \Comptoir $module, private Services $services)
    {
    }

    /** @param array<int, array<string, mixed>> $products `productList` of the hook */
    public function slipAdded(Order $order, array $products): void
    {
        if ($order->module !== $this->module->name) {
            return;
        }
        $form = (array) Tools::getValue('cancel_product', []);
        // A voucher given instead of money: the slip stands for it, the card gets nothing.
        if (!empty($form['voucher'])) {
            return;
        }
        try {
            $this->services->slipRefund()->refund($order, (int) ($form['voucher_refund_type'] ?? SlipAmount::PRODUCTS), $this->services->client());
        } catch (PaymentsError $error) {
            \PrestaShopLogger::addLog('Comptoir refund: ' . $error->forLog(), 2, null, 'Order', (int) $order->id, true);
            $this->refuse($order, $products, $form, $this->reason($error));
        } catch (SettingsError | Busy $error) {
            $slip = $this->services->slips->newest($order);
            if ($slip !== null) {
                $this->services->slips->remove((int) $slip->id);
            }
            $this->refuse($order, $products, $form, $error->getMessage());
        }
    }

    /** The API's own words, in the employee's language where the case is a usual one. */
    private function reason(PaymentsError $error): string
    {
        $translator = $this->module->getTranslator();
        if ($error->status === 409 && str_contains($error->getMessage(), 'before it has been captured')) {
            return $translator->trans('a partial refund is possible once the payment is captured, usually the next working day; a full refund is possible now.', [], 'Modules.Comptoir.Admin');
        }
        if (in_array($error->status, [401, 403], true)) {
            return $translator->trans('the payment service refused the keys of this shop.', [], 'Modules.Comptoir.Admin');
        }

        return $error->getMessage();
    }

    /**
     * @param array<int, array<string, mixed>> $products
     * @param array<string, mixed> $form
     */
    private function refuse(Order $order, array $products, array $form, string $reason): never
    {
        if (!$order->hasBeenDelivered() || !empty($form['restock'])) {
            $this->services->slips->takeBackStock($order, $products);
        }
        $text = $this->module->getTranslator()->trans('No money was refunded and no credit slip was kept: %reason%', ['%reason%' => $reason], 'Modules.Comptoir.Admin');
        $session = SymfonyContainer::getInstance()?->get('request_stack')->getCurrentRequest()?->getSession();
        if ($session === null) {
            throw new \PrestaShopException($text);
        }
        $session->getFlashBag()->add('error', $text);
        $session->save();
        Tools::redirectAdmin(Context::getContext()->link->getAdminLink('AdminOrders', true, ['route' => 'admin_orders_view', 'orderId' => (int) $order->id]));
    }
}
