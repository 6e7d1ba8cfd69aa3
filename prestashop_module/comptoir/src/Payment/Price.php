<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Payment;

if (!defined('_PS_VERSION_')) {
    exit;
}

/** What a payment must be of: minor units, lower-case currency, test or live. */
final class Price
{
    public function __construct(public readonly int $amount, public readonly string $currency, public readonly bool $live)
    {
    }

    /** @param array<string, mixed> $attempt row of the table `payment` */
    public function isOf(array $attempt): bool
    {
        return (int) $attempt['amount'] === $this->amount && $attempt['currency'] === $this->currency
            && (bool) $attempt['live'] === $this->live;
    }
}
