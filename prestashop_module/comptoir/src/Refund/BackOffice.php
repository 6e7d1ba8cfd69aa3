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
            if (!$this->services->slipRefund()->refund($order, (int) ($form['voucher_refund_type'] ?? SlipAmount::PRODUCTS), $this->services->client())) {
                $this->tell('warning', $this->module->getTranslator()->trans('The payment service did not answer: the refund is not confirmed yet and will be asked for again. See the payment beside this order.', [], 'Modules.Comptoir.Admin'));
            }
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

        return match ($error->errorCode) {
            'partial_before_capture' => $translator->trans('a partial refund is possible once the payment is captured, usually the next working day; a full refund is possible now.', [], 'Modules.Comptoir.Admin'),
            'capture_in_progress' => $translator->trans('the payment is being captured; a refund is possible once this is done, usually the next working day.', [], 'Modules.Comptoir.Admin'),
            'refund_too_high' => $translator->trans('the amount is more than what is left of the payment.', [], 'Modules.Comptoir.Admin'),
            'nothing_left' => $translator->trans('nothing is left to refund on this payment.', [], 'Modules.Comptoir.Admin'),
            'not_refundable' => $translator->trans('a payment in this state cannot be refunded.', [], 'Modules.Comptoir.Admin'),
            'insufficient_funds' => $translator->trans('your balance does not cover this refund.', [], 'Modules.Comptoir.Admin'),
            'unauthorized', 'forbidden' => $translator->trans('the payment service refused the keys of this shop.', [], 'Modules.Comptoir.Admin'),
            default => $error->getMessage(),
        };
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
        if (!$this->tell('error', $text)) {
            throw new \PrestaShopException($text);
        }
        Tools::redirectAdmin(Context::getContext()->link->getAdminLink('AdminOrders', true, ['route' => 'admin_orders_view', 'orderId' => (int) $order->id]));
    }

    /** Shows a message on the next page of the back office; false where there is none to show it on. */
    private function tell(string $kind, string $text): bool
    {
        $session = SymfonyContainer::getInstance()?->get('request_stack')->getCurrentRequest()?->getSession();
        $session?->getFlashBag()->add($kind, $text);
        $session?->save();

        return $session !== null;
    }
}
