<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Payment;

use Symfony\Contracts\Translation\TranslatorInterface;

if (!defined('_PS_VERSION_')) {
    exit;
}

/**
 * Why a payment failed, in words that tell the buyer what to do next.
 *
 * Codes that hint at theft or suspicion say no more than "the bank refused": the person reading may not be the holder.
 */
final class ResponseText
{
    public static function of(?string $response, TranslatorInterface $translator): string
    {
        return match ($response) {
            '51', '61', '65' => $translator->trans('Your bank refused: the amount is above what this card allows at the moment. Try another card.', [], 'Modules.Comptoir.Shop'),
            '54', '33' => $translator->trans('This card has expired. Use another card.', [], 'Modules.Comptoir.Shop'),
            '14', '82', 'N7', '15' => $translator->trans('The card number, date or security code is not right. Check them and try again.', [], 'Modules.Comptoir.Shop'),
            'A1', 'A0' => $translator->trans('Your bank asks you to confirm the payment. Try again and follow its instructions.', [], 'Modules.Comptoir.Shop'),
            '19', '68', '80', '91', '92', '96', '98', '7898' => $translator->trans('The bank could not be reached. Try again in a few minutes.', [], 'Modules.Comptoir.Shop'),
            '17' => $translator->trans('The payment was cancelled.', [], 'Modules.Comptoir.Shop'),
            null, '', '00' => $translator->trans('The payment was not completed.', [], 'Modules.Comptoir.Shop'),
            default => $translator->trans('Your bank refused the payment. Try another card or contact your bank.', [], 'Modules.Comptoir.Shop'),
        };
    }
}
