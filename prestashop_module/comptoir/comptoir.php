<?php
/**
 * Comptoir: card payments for PrestaShop 8 and 9.
 *
 * @license AFL-3.0
 */
if (!defined('_PS_VERSION_')) {
    exit;
}

require_once __DIR__ . '/autoload.php';

use Comptoir\PrestaShop\Install\Installer;
use Comptoir\PrestaShop\Order\AdminPanel;
use Comptoir\PrestaShop\Payment\Confirmation;
use Comptoir\PrestaShop\Payment\Option;
use Comptoir\PrestaShop\Refund\BackOffice;
use Comptoir\PrestaShop\Services;
use Comptoir\PrestaShop\Settings\SettingsForm;

class Comptoir extends PaymentModule
{
    public const HOOKS = ['paymentOptions', 'displayPaymentReturn', 'displayAdminOrderSide', 'actionOrderSlipAdd'];

    /** @var Services|null */
    private $services;

    public function __construct()
    {
        $this->name = 'comptoir';
        $this->tab = 'payments_gateways';
        $this->version = '1.0.0';
        $this->author = 'Comptoir';
        $this->need_instance = 0;
        $this->ps_versions_compliancy = ['min' => '8.0.0', 'max' => '9.99.99'];
        $this->bootstrap = true;
        $this->tabs = [['class_name' => 'AdminComptoir', 'name' => 'Comptoir', 'visible' => false, 'parent_class_name' => 'AdminParentOrders']];
        parent::__construct();
        $this->displayName = 'Comptoir';
        $this->description = $this->trans('Card payments with refunds from your orders.', [], 'Modules.Comptoir.Admin');
        $this->confirmUninstall = $this->trans('Notifications about payments still in progress will be lost. Uninstall?', [], 'Modules.Comptoir.Admin');
    }

    public function isUsingNewTranslationSystem(): bool
    {
        return true;
    }

    public function install(): bool
    {
        return parent::install() && Installer::install($this);
    }

    public function uninstall(): bool
    {
        return Installer::uninstall() && parent::uninstall();
    }

    public function getContent()
    {
        return (new SettingsForm($this, $this->services()))->page();
    }

    public function hookPaymentOptions(array $params)
    {
        return (new Option($this, $this->services()))->options($params['cart']);
    }

    public function hookDisplayPaymentReturn(array $params)
    {
        return (new Confirmation($this, $this->services()))->show($params['order']);
    }

    public function hookDisplayAdminOrderSide(array $params)
    {
        return (new AdminPanel($this, $this->services()))->show((int) $params['id_order']);
    }

    public function hookActionOrderSlipAdd(array $params)
    {
        (new BackOffice($this, $this->services()))->slipAdded($params['order'], (array) $params['productList']);
    }

    public function services(): Services
    {
        return $this->services ?? $this->services = new Services($this);
    }

    /** Renders a template of views/templates. */
    public function view(string $template, array $variables): string
    {
        $this->context->smarty->assign($variables);

        return $this->fetch('module:comptoir/views/templates/' . $template);
    }
}
