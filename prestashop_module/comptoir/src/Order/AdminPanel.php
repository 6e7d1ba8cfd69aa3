<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Order;

use Comptoir\PrestaShop\Api\PaymentsError;
use Comptoir\PrestaShop\Database\Busy;
use Comptoir\PrestaShop\Payment\PriceText;
use Comptoir\PrestaShop\Refund\Refunds;
use Comptoir\PrestaShop\Services;
use Comptoir\PrestaShop\Settings\SettingsError;
use Context;
use Order;

if (!defined('_PS_VERSION_')) {
    exit;
}

/**
 * The payment beside an order in the back office.
 *
 * It shows the API's figures of this moment; when the API does not answer, the last ones known, and says so. Refunds are
 * made with PrestaShop's own buttons.
 */
final class AdminPanel
{
    public function __construct(private \Comptoir $module, private Services $services)
    {
    }

    public function show(int $orderId): string
    {
        $order = new Order($orderId);
        $first = $this->services->orders->ofCart((int) $order->id_cart)[0] ?? $order;
        $attempts = $this->services->attempts->ofOrder((int) $first->id);
        if ($attempts === []) {
            return '';
        }
        $this->finishRefunds((int) $first->id_shop);

        return $this->module->view('hook/admin_order.tpl', [
            'comptoir_payments' => array_map(fn (array $attempt): array => $this->payment($attempt), $attempts),
            'comptoir_refunds' => array_map(fn (array $refund): array => $this->refund($refund), $this->services->refunds->ofOrder((int) $first->id)),
            'comptoir_resync' => Context::getContext()->link->getAdminLink('AdminComptoir', true, [], ['id_order' => (int) $first->id]),
        ]);
    }

    /**
     * @param array<string, mixed> $attempt
     *
     * @return array<string, mixed>
     */
    private function payment(array $attempt): array
    {
        $id = (string) $attempt['payment_id'];
        $currency = (string) $attempt['currency'];
        $payment = $this->read($id);
        $amount = (int) ($payment['amount'] ?? $attempt['amount']);
        $status = $payment === null ? $attempt['status'] : ($payment['status'] ?? null);
        $refunded = $this->services->refunds->total($id);
        $card = is_array($payment['card'] ?? null) ? $payment['card'] : [];
        $taken = in_array($status, ['to_capture', 'capture_sent', 'captured', 'authorized'], true) ? $amount : $refunded;

        return [
            'id' => $id,
            'url' => $this->address($id),
            'live' => (bool) $attempt['live'],
            'fresh' => $payment !== null,
            'status' => $this->statusText($status),
            'tone' => self::tone($status),
            'amount' => PriceText::of($amount, $currency),
            'card' => trim(ucfirst((string) ($card['brand'] ?? '')) . (isset($card['last4']) ? ' •••• ' . $card['last4'] : '')),
            'refunded' => PriceText::of($refunded, $currency),
            'refundable' => PriceText::of(max(0, $taken - $refunded), $currency),
            'fee' => isset($payment['fee']) ? PriceText::of((int) $payment['fee'], $currency) : '',
        ];
    }

    /**
     * @param array<string, mixed> $row
     *
     * @return array<string, mixed>
     */
    private function refund(array $row): array
    {
        $translator = $this->module->getTranslator();
        $status = $row['refund_id'] === null ? 'asked' : (string) $row['status'];

        return [
            'amount' => PriceText::of((int) $row['amount'], (string) $row['currency']),
            'slip' => (int) $row['id_order_slip'],
            'failed' => in_array($status, Refunds::FAILED, true),
            'status' => match ($status) {
                'asked' => $translator->trans('Waiting for the payment service', [], 'Modules.Comptoir.Admin'),
                'refund_sent' => $translator->trans('Refund sent', [], 'Modules.Comptoir.Admin'),
                'refunded' => $translator->trans('Refunded', [], 'Modules.Comptoir.Admin'),
                'payment_canceled' => $translator->trans('Payment cancelled', [], 'Modules.Comptoir.Admin'),
                'failed', 'not_honored' => $translator->trans('Refund failed', [], 'Modules.Comptoir.Admin'),
                default => $translator->trans('To be refunded', [], 'Modules.Comptoir.Admin'),
            },
        ];
    }

    /** @return array<string, mixed>|null null when the API does not answer */
    private function read(string $paymentId): ?array
    {
        try {
            return $this->services->client()->payment($paymentId);
        } catch (PaymentsError | SettingsError $error) {
            \PrestaShopLogger::addLog('Comptoir panel: ' . $error->getMessage(), 2, null, null, null, true);

            return null;
        }
    }

    private function finishRefunds(int $shopId): void
    {
        if ($this->services->refunds->unanswered() === []) {
            return;
        }
        try {
            $this->services->claims->alone($shopId, fn () => $this->services->refundSync()->resume($this->services->client()));
        } catch (Busy | SettingsError $error) {
            \PrestaShopLogger::addLog('Comptoir panel: ' . $error->getMessage(), 2, null, null, null, true);
        }
    }

    /** The payment in the merchant's web space, which lives on the API's host with `api` replaced by `portal`. */
    private function address(string $paymentId): string
    {
        try {
            return preg_replace('#^(https://)api\b#', '$1portal', $this->services->settings()->apiUrl) . '/payments/' . rawurlencode($paymentId);
        } catch (SettingsError) {
            return '';
        }
    }

    private static function tone(?string $status): string
    {
        return match ($status) {
            'to_capture', 'capture_sent', 'captured' => 'success',
            'refused', 'failed', 'disputed' => 'danger',
            'expired', 'canceled' => 'secondary',
            default => 'info',
        };
    }

    private function statusText(?string $status): string
    {
        $translator = $this->module->getTranslator();

        return match ($status) {
            'authorized' => $translator->trans('Authorized', [], 'Modules.Comptoir.Admin'),
            'to_capture' => $translator->trans('Accepted', [], 'Modules.Comptoir.Admin'),
            'capture_sent' => $translator->trans('Capture in progress', [], 'Modules.Comptoir.Admin'),
            'captured' => $translator->trans('Captured', [], 'Modules.Comptoir.Admin'),
            'canceled' => $translator->trans('Cancelled', [], 'Modules.Comptoir.Admin'),
            'refused' => $translator->trans('Refused', [], 'Modules.Comptoir.Admin'),
            'failed' => $translator->trans('Failed', [], 'Modules.Comptoir.Admin'),
            'expired' => $translator->trans('Expired', [], 'Modules.Comptoir.Admin'),
            'disputed' => $translator->trans('Disputed', [], 'Modules.Comptoir.Admin'),
            default => $translator->trans('Pending', [], 'Modules.Comptoir.Admin'),
        };
    }
}
