<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Order;

use Configuration;
use Customer;
use CustomerMessage;
use CustomerThread;
use Language;
use Order;
use Symfony\Contracts\Translation\TranslatorInterface;

if (!defined('_PS_VERSION_')) {
    exit;
}

/** Private messages on an order for the shop's staff, in the shop's default language. Customers never see them. */
final class Notes
{
    public function __construct(private TranslatorInterface $translator)
    {
    }

    public function differentAmount(Order $order, string $paid, string $expected, string $paymentId): void
    {
        $this->add($order, $this->translator->trans(
            'The customer paid %paid% but the cart is now worth %expected% (payment %payment%). The money is kept: check the order, then ship it, ask for the difference or refund.',
            ['%paid%' => $paid, '%expected%' => $expected, '%payment%' => $paymentId],
            'Modules.Comptoir.Admin',
            self::locale()
        ));
    }

    public function interrupted(Order $order, string $paymentId): void
    {
        $this->add($order, $this->translator->trans(
            'The creation of this order was interrupted and then finished (payment %payment%). Check its products and the stock.',
            ['%payment%' => $paymentId],
            'Modules.Comptoir.Admin',
            self::locale()
        ));
    }

    public function anotherPayment(Order $order, string $paid, string $paymentId): void
    {
        $this->add($order, $this->translator->trans(
            'A further payment of %paid% was received for this order (payment %payment%). The money is kept: refund it if it is not due.',
            ['%paid%' => $paid, '%payment%' => $paymentId],
            'Modules.Comptoir.Admin',
            self::locale()
        ));
    }

    public function paymentLost(Order $order, string $status, string $paymentId): void
    {
        $this->add($order, $this->translator->trans(
            'Payment %payment% is now "%status%" although the order has been processed. Its state was left as it is.',
            ['%status%' => $status, '%payment%' => $paymentId],
            'Modules.Comptoir.Admin',
            self::locale()
        ));
    }

    public function refundFailed(Order $order, string $amount, string $refundId, int $slipId): void
    {
        $this->add($order, $this->translator->trans(
            'The refund of %amount% failed (%refund%): the customer has not received this money. Credit slip no. %slip% stands for a refund still to be made, for example by transfer.',
            ['%amount%' => $amount, '%refund%' => $refundId, '%slip%' => $slipId],
            'Modules.Comptoir.Admin',
            self::locale()
        ));
    }

    public function slipCut(Order $order, string $amount, string $slip, string $refundId): void
    {
        $this->add($order, $this->translator->trans(
            'Refund %refund% is of %amount%, more than what was left of the order: its credit slip is of %slip%.',
            ['%amount%' => $amount, '%slip%' => $slip, '%refund%' => $refundId],
            'Modules.Comptoir.Admin',
            self::locale()
        ));
    }

    public function slipRefused(Order $order, string $amount, string $reason): void
    {
        $this->add($order, $this->translator->trans(
            'The refund of %amount% was refused: %reason% The credit slip was removed.',
            ['%amount%' => $amount, '%reason%' => $reason],
            'Modules.Comptoir.Admin',
            self::locale()
        ));
    }

    private static function locale(): string
    {
        return (string) (new Language((int) Configuration::get('PS_LANG_DEFAULT')))->locale;
    }

    private function add(Order $order, string $text): void
    {
        $threadId = (int) CustomerThread::getIdCustomerThreadByEmailAndIdOrder(
            (string) (new Customer((int) $order->id_customer))->email,
            (int) $order->id
        );
        $thread = new CustomerThread($threadId ?: null);
        if (!$threadId) {
            $thread->id_contact = 0;
            $thread->id_customer = (int) $order->id_customer;
            $thread->id_shop = (int) $order->id_shop;
            $thread->id_order = (int) $order->id;
            $thread->id_lang = (int) $order->id_lang;
            $thread->email = (string) (new Customer((int) $order->id_customer))->email;
            $thread->status = 'open';
            $thread->token = \Tools::passwdGen(12);
            $thread->add();
        }
        $message = new CustomerMessage();
        $message->id_customer_thread = (int) $thread->id;
        $message->id_employee = (int) (\Context::getContext()->employee->id ?? 0);
        $message->message = $text;
        $message->private = true;
        $message->read = false;
        $message->add();
    }
}
