<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Api;

use Comptoir\PrestaShop\Settings\Settings;
use Symfony\Component\HttpClient\HttpClient;
use Symfony\Contracts\HttpClient\Exception\ExceptionInterface;
use Symfony\Contracts\HttpClient\HttpClientInterface;

if (!defined('_PS_VERSION_')) {
    exit;
}

/**
 * All HTTP to the payment API v2. Every method throws PaymentsError and nothing else.
 *
 * Symfony's client comes with the core of PrestaShop 8 and 9 (Guzzle left in 9). A POST carries an Idempotency-Key
 * that its caller has stored before, so the same call can be made again after a crash.
 */
final class PaymentsClient
{
    private const IDLE_SECONDS = 8;
    private const TOTAL_SECONDS = 15;

    private HttpClientInterface $http;

    public function __construct(private Settings $settings, string $agent, ?HttpClientInterface $http = null)
    {
        $options = [
            'auth_basic' => [$settings->secretKey, ''],
            'timeout' => self::IDLE_SECONDS,
            'max_duration' => self::TOTAL_SECONDS,
            'max_redirects' => 0,
            'headers' => ['Accept' => 'application/json', 'User-Agent' => $agent],
        ];
        if ($settings->caFile !== null) {
            $options['cafile'] = $settings->caFile;
        }
        $this->http = $http ?? HttpClient::create($options);
    }

    /** @return array<string, mixed> */
    public function payment(string $paymentId): array
    {
        return $this->call('GET', '/v2/payments/' . rawurlencode($paymentId));
    }

    /** @return array<string, mixed>|null the payment made earlier with this unique_id */
    public function paymentOfUniqueId(string $uniqueId): ?array
    {
        $list = $this->call('GET', '/v2/payments/?unique_id=' . rawurlencode($uniqueId));

        return $list['payments'][0] ?? null;
    }

    /**
     * @param array<string, mixed> $fields
     *
     * @return array<string, mixed>
     */
    public function createPayment(array $fields, string $idempotencyKey): array
    {
        return $this->call('POST', '/v2/payments/', $fields, $idempotencyKey);
    }

    /** @param array<string, mixed> $fields */
    public function updatePayment(string $paymentId, array $fields): void
    {
        $this->call('PATCH', '/v2/payments/' . rawurlencode($paymentId), $fields);
    }

    /** @return array<string, mixed> */
    public function refund(string $refundId): array
    {
        return $this->call('GET', '/v2/refunds/' . rawurlencode($refundId));
    }

    /** @return array<int, array<string, mixed>> oldest first */
    public function refundsOf(string $paymentId): array
    {
        return array_values($this->call('GET', '/v2/payments/' . rawurlencode($paymentId) . '/refunds'));
    }

    /** @return array<string, mixed> */
    public function createRefund(string $paymentId, int $amount, string $idempotencyKey): array
    {
        return $this->call('POST', '/v2/refunds/', ['payment' => $paymentId, 'amount' => $amount], $idempotencyKey);
    }

    /**
     * @param array<string, mixed> $fields
     *
     * @return array<string, mixed>
     */
    public function createCustomer(array $fields, string $idempotencyKey): array
    {
        return $this->call('POST', '/v2/customers/', $fields, $idempotencyKey);
    }

    /** @param array<string, mixed> $fields */
    public function updateCustomer(string $customerId, array $fields): void
    {
        $this->call('PATCH', '/v2/customers/' . rawurlencode($customerId), $fields);
    }

    /** Proves that the address and the secret key are right by reading one payment at most. */
    public function check(): void
    {
        $this->call('GET', '/v2/payments/?limit=1');
    }

    /**
     * @param array<string, mixed>|null $fields
     *
     * @return array<int|string, mixed>
     */
    private function call(string $method, string $path, ?array $fields = null, ?string $idempotencyKey = null): array
    {
        $options = $fields === null ? [] : ['json' => $fields];
        if ($idempotencyKey !== null) {
            $options['headers'] = ['Idempotency-Key' => $idempotencyKey];
        }
        try {
            $response = $this->http->request($method, $this->settings->apiUrl . $path, $options);
            $status = $response->getStatusCode();
            $body = $response->getContent(false);
            $headers = $response->getHeaders(false);
        } catch (ExceptionInterface $error) {
            throw new PaymentsError(0, 'unreachable', 'The payment service did not answer.', null, $error);
        }
        $requestId = $headers['request-id'][0] ?? null;
        if ($status < 200 || $status >= 300) {
            throw PaymentsError::ofAnswer($status, $body, $requestId, $headers['error-code'][0] ?? null);
        }
        $data = json_decode($body, true);
        if (!is_array($data)) {
            throw new PaymentsError(502, 'unreadable', 'The payment service sent an unreadable answer.', $requestId);
        }

        return $data;
    }
}
