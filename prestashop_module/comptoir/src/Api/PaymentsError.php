<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Api;

if (!defined('_PS_VERSION_')) {
    exit;
}

/** The one error of the payment API: HTTP status (0 = no answer), stable code, text and request id. Holds no secret. */
final class PaymentsError extends \RuntimeException
{
    public function __construct(
        public readonly int $status,
        public readonly string $errorCode,
        string $message,
        public readonly ?string $requestId = null,
        ?\Throwable $previous = null
    ) {
        parent::__construct($message, $status, $previous);
    }

    /**
     * Reads the three error bodies of the API: v2 text, v2 validation details, v1 envelope.
     *
     * @param string|null $code of the header Error-Code, where the API has one
     */
    public static function ofAnswer(int $status, string $body, ?string $requestId, ?string $code = null): self
    {
        $data = json_decode($body, true);
        $error = is_array($data) ? ($data['error'] ?? null) : null;
        $message = is_string($error) ? $error : 'The payment service answered ' . $status . '.';
        if (is_array($error)) {
            $code ??= (string) ($error['code'] ?? $error['type'] ?? '');
            $text = $error['message'] ?? $message;
            $message = is_array($text) ? trim(($text['error'] ?? '') . ' (' . ($text['id'] ?? '') . ')') : (string) $text;
        } elseif (is_array($data) && is_array($data['detail'] ?? null)) {
            $first = $data['detail'][0] ?? [];
            $message = implode('.', (array) ($first['loc'] ?? [])) . ': ' . ($first['msg'] ?? '');
        }

        return new self($status, $code ?: 'http_' . $status, $message, $requestId);
    }

    /** True when the same request may succeed later: outcome unknown, overload, keys being renewed. */
    public function isTemporary(): bool
    {
        return $this->isUnknown() || in_array($this->status, [401, 403, 425, 429], true);
    }

    /** True when the request may have been carried out all the same: only its own idempotency key can tell. */
    public function isUnknown(): bool
    {
        return $this->status === 0 || $this->status === 408 || $this->status >= 500 || $this->errorCode === 'idempotency_in_progress';
    }

    /** One line for the shop's log. */
    public function forLog(): string
    {
        return sprintf('%d %s %s [%s]', $this->status, $this->errorCode, $this->getMessage(), $this->requestId ?? '-');
    }
}
