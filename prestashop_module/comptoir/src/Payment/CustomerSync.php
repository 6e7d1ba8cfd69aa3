<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Payment;

use Address;
use Cart;
use Comptoir\PrestaShop\Api\PaymentsClient;
use Comptoir\PrestaShop\Api\PaymentsError;
use Comptoir\PrestaShop\Database\Database;
use Country;
use Customer;

if (!defined('_PS_VERSION_')) {
    exit;
}

/**
 * Keeps the API's customer equal to the shop's, one per shop, customer and mode. Guests are customers too.
 *
 * A customer whom the API will not take never stops a sale: the payment is then made without one.
 */
final class CustomerSync
{
    public function __construct(private Database $database, private PaymentsClient $client)
    {
    }

    /**
     * @param string $attempt name of the attempt to pay, part of the idempotency key: the same request made again after a
     *                        crash finds the same customer, a later one may make a new customer
     *
     * @return string|null id of the API's customer
     *
     * @throws PaymentsError when the API cannot be reached
     */
    public function idFor(Cart $cart, bool $live, string $attempt): ?string
    {
        $fields = $this->fieldsOf($cart);
        $digest = hash('sha256', (string) json_encode($fields));
        $known = $this->database->row(
            'SELECT customer_id, digest FROM {customer} WHERE id_shop = ? AND id_customer = ? AND live = ?',
            [(int) $cart->id_shop, (int) $cart->id_customer, (int) $live]
        );
        if ($known !== null && $known['digest'] === $digest) {
            return (string) $known['customer_id'];
        }
        $id = $this->send($fields, $known === null ? null : (string) $known['customer_id'], $attempt);
        if ($id !== null) {
            $this->database->run(
                'REPLACE INTO {customer} (id_shop, id_customer, live, customer_id, digest) VALUES (?, ?, ?, ?, ?)',
                [(int) $cart->id_shop, (int) $cart->id_customer, (int) $live, $id, $digest]
            );
        }

        return $id;
    }

    /** Forgets the API's customer, for example because it was deleted there. */
    public function forget(string $customerId): void
    {
        $this->database->run('DELETE FROM {customer} WHERE customer_id = ?', [$customerId]);
    }

    /** @param array<string, string> $fields */
    private function send(array $fields, ?string $known, string $attempt): ?string
    {
        // A phone number that looks right may still not exist: then the same without it.
        foreach ([$fields, array_diff_key($fields, ['mobile' => 0])] as $try) {
            try {
                if ($known !== null) {
                    $this->client->updateCustomer($known, $try);

                    return $known;
                }

                return (string) $this->client->createCustomer($try, 'customer-' . substr(hash('sha256', $attempt . json_encode($try)), 0, 40))['id'];
            } catch (PaymentsError $error) {
                if ($error->isTemporary()) {
                    throw $error;
                }
                $known = $error->status === 404 ? null : $known;
            }
        }

        return null;
    }

    /** @return array<string, string> */
    private function fieldsOf(Cart $cart): array
    {
        $customer = new Customer((int) $cart->id_customer);
        $address = new Address((int) $cart->id_address_invoice);
        $country = new Country((int) $address->id_country);

        return CustomerFields::of(
            (string) $customer->firstname,
            (string) $customer->lastname,
            (string) $customer->email,
            (string) ($address->phone_mobile ?: $address->phone),
            (string) $country->call_prefix,
            (int) $customer->id
        );
    }
}
