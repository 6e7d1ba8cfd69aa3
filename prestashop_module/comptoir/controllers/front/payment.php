<?php
/**
 * @license AFL-3.0
 */
if (!defined('_PS_VERSION_')) {
    exit;
}

use Comptoir\PrestaShop\Api\PaymentsError;
use Comptoir\PrestaShop\Order\CartContext;
use Comptoir\PrestaShop\Payment\Amount;
use Comptoir\PrestaShop\Payment\UniqueId;

/** The button "Pay by card": starts or resumes the payment of the visitor's cart and sends the browser to the payment page. */
class ComptoirPaymentModuleFrontController extends ModuleFrontController
{
    public $ssl = true;

    public function postProcess(): void
    {
        $cart = $this->context->cart;
        $checkout = $this->context->link->getPageLink('order', true);
        if (!$this->canPay($cart)) {
            // Where PrestaShop's answer to the name was lost, and with it the cookie, it goes on with a visitor who is nobody.
            if ($cart->nbProducts() > 0 && !$this->context->customer->id) {
                $this->errors[] = $this->trans('Your details did not reach us. Open “Personal Information” below and enter them again: nothing was charged.', [], 'Modules.Comptoir.Shop');
                $this->redirectWithNotifications($checkout);
            }
            Tools::redirect($checkout);
        }
        try {
            Tools::redirect($this->module->services()->start()->address(
                $cart,
                (string) Configuration::get('PS_SHOP_NAME'),
                (string) $this->context->language->locale,
                fn (string $uniqueId): string => $this->returnAddress($uniqueId)
            ));
        } catch (PaymentsError $error) {
            PrestaShopLogger::addLog('Comptoir payment: ' . $error->forLog(), 3, null, 'Cart', (int) $cart->id, true);
        } catch (Exception $error) {
            PrestaShopLogger::addLog('Comptoir payment: ' . $error->getMessage(), 3, null, 'Cart', (int) $cart->id, true);
        }
        $this->errors[] = $this->trans('The payment could not be started. Your cart is kept: try again in a moment or choose another means of payment.', [], 'Modules.Comptoir.Shop');
        $this->redirectWithNotifications($checkout);
    }

    private function canPay(Cart $cart): bool
    {
        $offered = array_column(Module::getPaymentModules(), 'name');
        $currency = $cart->id ? CartContext::currencyOf($cart) : '';

        return $this->module->active && in_array('comptoir', $offered, true)
            && $cart->id_customer && $cart->id_address_delivery && $cart->id_address_invoice
            && Amount::isPayable(CartContext::amount($cart, $currency), $currency);
    }

    private function returnAddress(string $uniqueId): string
    {
        $token = UniqueId::token(_COOKIE_KEY_, $uniqueId);

        return $this->context->link->getModuleLink('comptoir', 'return', ['attempt' => $uniqueId, 'token' => $token], true);
    }
}
