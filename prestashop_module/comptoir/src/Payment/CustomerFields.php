<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Payment;

if (!defined('_PS_VERSION_')) {
    exit;
}

/** What the API accepts about a customer: name and e-mail of limited length, an international phone number or none. */
final class CustomerFields
{
    /** @return array<string, string> */
    public static function of(string $firstname, string $lastname, string $email, string $phone, string $callPrefix, int $id): array
    {
        $name = mb_substr(trim($firstname . ' ' . $lastname), 0, 64);
        $mobile = self::international($phone, $callPrefix);
        $fields = ['name' => mb_strlen($name) >= 3 ? $name : '', 'email' => mb_strlen($email) <= 64 ? $email : '', 'mobile' => $mobile];

        return array_filter($fields) + ['external_id' => (string) $id];
    }

    /** "06 12 34 56 78" and "33" → "+33612345678"; empty when it cannot be a number. */
    public static function international(string $phone, string $callPrefix): string
    {
        $digits = (string) preg_replace('/[^\d+]/', '', $phone);
        if (str_starts_with($digits, '00')) {
            $digits = '+' . substr($digits, 2);
        } elseif (!str_starts_with($digits, '+') && $callPrefix !== '' && $callPrefix !== '0') {
            $digits = '+' . $callPrefix . preg_replace('/^0/', '', $digits);
        }

        return preg_match('/^\+[1-9]\d{7,14}$/', $digits) ? $digits : '';
    }
}
