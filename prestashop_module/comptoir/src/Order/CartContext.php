<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Order;

use Address;
use Cart;
use Comptoir\PrestaShop\Payment\Amount;
use Configuration;
use Context;
use Country;
use Currency;
use Customer;
use Language;
use Product;
use Shop;
use Tools;

if (!defined('_PS_VERSION_')) {
    exit;
}

/**
 * The one source of what a cart costs, and the context in which that is computed.
 *
 * A notification has no visitor: prices depend on the customer's groups, country and currency, which the core reads from
 * its global context, so this puts the cart's own there before anything is computed.
 */
final class CartContext
{
    public static function enter(Cart $cart): void
    {
        $context = Context::getContext();
        if ($context->shop === null || (int) $context->shop->id !== (int) $cart->id_shop) {
            $context->shop = new Shop((int) $cart->id_shop);
            Shop::setContext(Shop::CONTEXT_SHOP, (int) $cart->id_shop);
        }
        $context->cart = $cart;
        $context->customer = new Customer((int) $cart->id_customer);
        $context->currency = new Currency((int) $cart->id_currency, null, (int) $cart->id_shop);
        $context->language = new Language((int) $cart->id_lang);
        $context->getTranslator()->setLocale((string) $context->language->locale);
        $place = (int) $cart->{(string) Configuration::get('PS_TAX_ADDRESS_TYPE')};
        $country = $place ? Address::getCountryAndState($place)['id_country'] ?? 0 : 0;
        $context->country = new Country((int) $country ?: (int) Configuration::get('PS_COUNTRY_DEFAULT'), (int) $cart->id_lang);
        $cart->setTaxCalculationMethod();
        Product::initPricesComputation((int) $cart->id_customer ?: null);
    }

    /** What the cart costs now, in minor units of its currency; rounded as the order's total will be. */
    public static function amount(Cart $cart, string $currency): int
    {
        $total = Tools::ps_round((float) $cart->getOrderTotal(true, Cart::BOTH), Context::getContext()->getComputingPrecision());

        return Amount::toMinor($total, $currency);
    }

    public static function currencyOf(Cart $cart): string
    {
        return strtolower((string) (new Currency((int) $cart->id_currency))->iso_code);
    }
}
