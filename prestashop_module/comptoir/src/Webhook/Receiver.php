<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Webhook;

use Comptoir\PrestaShop\Api\PaymentsClient;
use Comptoir\PrestaShop\Api\PaymentsError;
use Comptoir\PrestaShop\Database\Busy;
use Comptoir\PrestaShop\Database\Database;
use Comptoir\PrestaShop\Order\Claims;
use Comptoir\PrestaShop\Payment\Attempts;
use Comptoir\PrestaShop\Payment\Sync;
use Comptoir\PrestaShop\Refund\Refunds;
use Comptoir\PrestaShop\Refund\RefundSync;
use Comptoir\PrestaShop\Settings\Settings;
use InvalidArgumentException;

if (!defined('_PS_VERSION_')) {
    exit;
}

/**
 * Receives notifications. The sender repeats until it gets a 2xx, so anything temporary answers 503.
 *
 * The event's id is stored in the transaction of its effect: both are there or neither.
 */
final class Receiver
{
    public function __construct(
        private Settings $settings,
        private PaymentsClient $client,
        private Database $database,
        private Attempts $attempts,
        private Refunds $refunds,
        private Claims $claims,
        private Sync $sync,
        private RefundSync $refundSync
    ) {
    }

    /** @return array{0: int, 1: array<string, string>} HTTP status and JSON answer */
    public function receive(string $body, string $signature, int $now): array
    {
        if (!Signature::isValid($signature, $body, $this->settings->webhookSecret, $now)) {
            return [401, ['error' => 'invalid_signature']];
        }
        try {
            $event = Event::ofBody($body);
            $outcome = $this->known($event) ? 'duplicate' : $this->handle($event);
        } catch (InvalidArgumentException) {
            return [400, ['error' => 'malformed_event']];
        } catch (Busy) {
            return [503, ['error' => 'busy']];
        } catch (PaymentsError $error) {
            \PrestaShopLogger::addLog('Comptoir notification: ' . $error->forLog(), 2, null, null, null, true);

            return [503, ['error' => 'payment_service_unavailable']];
        }

        return [200, ['status' => $outcome]];
    }

    private function known(Event $event): bool
    {
        return $this->database->value('SELECT 1 FROM {event} WHERE event_id = ?', [$event->id]) !== null;
    }

    private function handle(Event $event): string
    {
        if (!$event->concernsUs() || $event->live !== $this->settings->live) {
            return $this->store($event, 'ignored') ? 'ignored' : 'duplicate';
        }
        $refund = $event->isRefund ? $this->read(fn () => $this->client->refund($event->objectId)) : null;
        $paymentId = $event->isRefund ? (string) ($refund['payment'] ?? '') : $event->objectId;
        $payment = $paymentId === '' ? null : $this->read(fn () => $this->client->payment($paymentId));
        $attempt = $payment === null ? null : $this->attempts->adopt($payment);
        if ($attempt === null) {
            return $this->store($event, 'ignored') ? 'ignored' : 'duplicate';
        }
        $outcome = $this->claims->alone((int) $attempt['id_shop'], fn () => $this->apply($event, $payment, $refund));
        $this->afterwards((int) $attempt['id_shop']);

        return $outcome;
    }

    /**
     * @param array<string, mixed> $payment
     * @param array<string, mixed>|null $refund
     */
    private function apply(Event $event, array $payment, ?array $refund): string
    {
        $known = $event->isRefund
            ? $this->refunds->ofId($event->objectId)['version'] ?? 0
            : $this->attempts->ofPayment($event->objectId)['version'] ?? 0;
        $stale = $event->version <= (int) $known;
        if (!$this->store($event, $stale ? 'stale' : 'applied')) {
            return 'duplicate';
        }
        if ($stale) {
            return 'stale';
        }
        $this->sync->applyAlone($payment, $event->isRefund ? null : $event->version);
        if ($refund !== null) {
            $this->refundSync->apply($refund, $event->version);
        }

        return 'applied';
    }

    /** What earlier requests left undone. The event is stored by now: no trouble here may make it come again. */
    private function afterwards(int $shopId): void
    {
        try {
            $this->sync->sendReferences($this->client);
            if ($this->refunds->unanswered() !== []) {
                $this->claims->alone($shopId, fn () => $this->refundSync->resume($this->client));
            }
        } catch (\Throwable $error) {
            \PrestaShopLogger::addLog('Comptoir: ' . $error->getMessage(), 2, null, null, null, true);
        }
    }

    private function store(Event $event, string $outcome): bool
    {
        return $this->database->run(
            'INSERT IGNORE INTO {event} (event_id, type, object_id, version, outcome) VALUES (?, ?, ?, ?, ?)',
            [$event->id, $event->type, $event->objectId, $event->version, $outcome]
        )->rowCount() === 1;
    }

    /** @return array<string, mixed>|null null when the API does not know the object */
    private function read(callable $call): ?array
    {
        try {
            return $call();
        } catch (PaymentsError $error) {
            if ($error->status === 404) {
                return null;
            }
            throw $error;
        }
    }
}
