<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop;

use Comptoir\PrestaShop\Api\PaymentsClient;
use Comptoir\PrestaShop\Database\Database;
use Comptoir\PrestaShop\Order\Claims;
use Comptoir\PrestaShop\Order\Notes;
use Comptoir\PrestaShop\Order\OrderMaker;
use Comptoir\PrestaShop\Order\Orders;
use Comptoir\PrestaShop\Payment\Attempts;
use Comptoir\PrestaShop\Payment\CustomerSync;
use Comptoir\PrestaShop\Payment\Start;
use Comptoir\PrestaShop\Payment\Sync;
use Comptoir\PrestaShop\Refund\Refunds;
use Comptoir\PrestaShop\Refund\RefundSync;
use Comptoir\PrestaShop\Refund\SlipRefund;
use Comptoir\PrestaShop\Refund\Slips;
use Comptoir\PrestaShop\Settings\Settings;
use Comptoir\PrestaShop\Webhook\Receiver;
use Configuration;

if (!defined('_PS_VERSION_')) {
    exit;
}

/**
 * Puts the module's objects together for one request.
 *
 * Not the shop's Symfony container: it differs between front office, back office and console, its cache would have to be
 * compiled anew in every boutique, and a read-only module folder must work. Twenty constructor calls need no container.
 */
final class Services
{
    public readonly Database $database;
    public readonly Attempts $attempts;
    public readonly Claims $claims;
    public readonly Orders $orders;
    public readonly Notes $notes;
    public readonly Refunds $refunds;
    public readonly Slips $slips;
    private ?Settings $settings = null;

    public function __construct(private \Comptoir $module)
    {
        $this->database = Database::ofShop();
        $this->attempts = new Attempts($this->database);
        $this->claims = new Claims($this->database);
        $this->orders = new Orders($this->database);
        $this->notes = new Notes($module->getTranslator());
        $this->refunds = new Refunds($this->database);
        $this->slips = new Slips($this->database);
    }

    /** @throws Settings\SettingsError */
    public function settings(): Settings
    {
        return $this->settings ??= Settings::load(static fn (string $name): string => (string) Configuration::get($name));
    }

    /** @throws Settings\SettingsError */
    public function client(): PaymentsClient
    {
        return $this->clientOf($this->settings());
    }

    public function clientOf(Settings $settings): PaymentsClient
    {
        return new PaymentsClient($settings, 'comptoir-prestashop/' . $this->module->version . ' prestashop/' . _PS_VERSION_);
    }

    public function sync(): Sync
    {
        $maker = new OrderMaker($this->module, $this->orders, $this->claims, $this->notes);

        return new Sync($this->database, $this->attempts, $this->claims, $maker, $this->orders, $this->notes);
    }

    public function refundSync(): RefundSync
    {
        return new RefundSync($this->refunds, $this->slips, $this->attempts, $this->orders, $this->notes);
    }

    public function slipRefund(): SlipRefund
    {
        return new SlipRefund($this->database, $this->refunds, $this->slips, $this->attempts, $this->orders);
    }

    /** @throws Settings\SettingsError */
    public function start(): Start
    {
        return new Start($this->database, $this->attempts, $this->client(), new CustomerSync($this->database, $this->client()), $this->settings());
    }

    /** @throws Settings\SettingsError */
    public function receiver(): Receiver
    {
        return new Receiver($this->settings(), $this->client(), $this->database, $this->attempts, $this->refunds, $this->claims, $this->sync(), $this->refundSync());
    }
}
