<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Webhook;

if (!defined('_PS_VERSION_')) {
    exit;
}

/** One notification: which object changed. Its data is used for the ids only; the object itself is read from the API. */
final class Event
{
    private function __construct(
        public readonly string $id,
        public readonly string $type,
        public readonly bool $live,
        public readonly int $version,
        public readonly string $objectId,
        public readonly bool $isRefund
    ) {
    }

    /** @throws \InvalidArgumentException when the body is no notification */
    public static function ofBody(string $body): self
    {
        $data = json_decode($body, true, 32);
        $objectId = is_array($data) ? ($data['data']['id'] ?? null) : null;
        $valid = is_string($objectId) && is_string($data['id'] ?? null) && is_string($data['type'] ?? null)
            && is_int($data['version'] ?? null) && preg_match('/^evt_\w{1,60}$/', $data['id'])
            && preg_match('/^[a-z_]+\.[a-z_]+$/', $data['type']) && preg_match('/^[a-z]+_\w{1,27}$/', $objectId);
        if (!$valid) {
            throw new \InvalidArgumentException('The body is not an event.');
        }

        return new self($data['id'], substr($data['type'], 0, 40), (bool) ($data['live_mode'] ?? false), $data['version'],
            $objectId, str_starts_with($data['type'], 'refund.'));
    }

    public function concernsUs(): bool
    {
        return (bool) preg_match($this->isRefund ? '/^refd_/' : '/^paym_/', $this->objectId)
            && ($this->isRefund || str_starts_with($this->type, 'payment.'));
    }
}
