<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Payment;

use Cart;
use Comptoir\PrestaShop\Order\CartContext;
use Comptoir\PrestaShop\Services;
use Comptoir\PrestaShop\Settings\SettingsError;
use Context;
use PrestaShop\PrestaShop\Core\Payment\PaymentOption;

if (!defined('_PS_VERSION_')) {
    exit;
}

/** The choice "Pay by card" at checkout; absent where it could only fail. */
final class Option
{
    public function __construct(private \Comptoir $module, private Services $services)
    {
    }

    /** @return PaymentOption[] */
    public function options(Cart $cart): array
    {
        try {
            $live = $this->services->settings()->live;
        } catch (SettingsError $error) {
            \PrestaShopLogger::addLog('Comptoir: ' . $error->getMessage(), 3, null, null, null, true);

            return [];
        }
        $currency = CartContext::currencyOf($cart);
        if (!$this->module->active || !Amount::isPayable(CartContext::amount($cart, $currency), $currency)) {
            return [];
        }
        $option = new PaymentOption();
        $option->setModuleName($this->module->name)
            ->setCallToActionText($this->module->getTranslator()->trans('Pay by card', [], 'Modules.Comptoir.Shop'))
            ->setAction(Context::getContext()->link->getModuleLink('comptoir', 'payment', [], true))
            ->setLogo(\Media::getMediaPath(_PS_MODULE_DIR_ . 'comptoir/views/img/cards.svg'))
            ->setAdditionalInformation($this->module->view('hook/payment_option.tpl', ['comptoir_live' => $live]));

        return [$option];
    }
}
