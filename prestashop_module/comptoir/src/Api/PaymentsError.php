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

    /** Reads the three error bodies of the API: v2 text, v2 validation details, v1 envelope. */
    public static function ofAnswer(int $status, string $body, ?string $requestId): self
    {
        $data = json_decode($body, true);
        $error = is_array($data) ? ($data['error'] ?? null) : null;
        $code = is_array($data) && is_string($data['code'] ?? null) ? $data['code'] : 'http_' . $status;
        $message = is_string($error) ? $error : 'The payment service answered ' . $status . '.';
        if (is_array($error)) {
            $code = (string) ($error['code'] ?? $error['type'] ?? $code);
            $text = $error['message'] ?? $message;
            $message = is_array($text) ? trim(($text['error'] ?? '') . ' (' . ($text['id'] ?? '') . ')') : (string) $text;
        } elseif (is_array($data) && is_array($data['detail'] ?? null)) {
            $first = $data['detail'][0] ?? [];
            $message = implode('.', (array) ($first['loc'] ?? [])) . ': ' . ($first['msg'] ?? '');
        }

        return new self($status, $code, $message, $requestId);
    }

    /** True when the same request may succeed later: no answer, overload, server trouble, keys being renewed. */
    public function isTemporary(): bool
    {
        return $this->status === 0 || $this->status >= 500 || in_array($this->status, [401, 403, 408, 425, 429], true);
    }

    /** One line for the shop's log. */
    public function forLog(): string
    {
        return sprintf('%d %s %s [%s]', $this->status, $this->errorCode, $this->getMessage(), $this->requestId ?? '-');
    }
}
