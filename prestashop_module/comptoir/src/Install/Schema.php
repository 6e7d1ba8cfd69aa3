<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Install;

use Comptoir\PrestaShop\Database\Database;

if (!defined('_PS_VERSION_')) {
    exit;
}

/**
 * The module's tables. Amounts are minor units of `currency`; times are the database server's.
 *
 * Uninstalling drops only tables that are empty: resetting the module must not forget which payment made which order,
 * or the next notification would make a second one.
 */
final class Schema
{
    /** One row per attempt to pay a cart. `version`: last event applied. `reference_pending`: order reference not yet sent.
     *  `cart_lines`: CartLines of that moment. */
    private const PAYMENT = 'CREATE TABLE IF NOT EXISTS {payment} (
        id_payment INT UNSIGNED NOT NULL AUTO_INCREMENT,
        id_shop INT UNSIGNED NOT NULL,
        id_cart INT UNSIGNED NOT NULL,
        attempt SMALLINT UNSIGNED NOT NULL,
        unique_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        payment_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
        live TINYINT(1) NOT NULL,
        amount BIGINT UNSIGNED NOT NULL,
        currency CHAR(3) NOT NULL,
        cart_lines TEXT NOT NULL,
        status VARCHAR(20) NULL,
        response VARCHAR(4) NULL,
        version INT UNSIGNED NOT NULL DEFAULT 0,
        closed TINYINT(1) NOT NULL DEFAULT 0,
        id_order INT UNSIGNED NULL,
        reference_pending TINYINT(1) NOT NULL DEFAULT 0,
        created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
        updated_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
        PRIMARY KEY (id_payment),
        UNIQUE KEY payment_unique_id (unique_id),
        UNIQUE KEY payment_payment_id (payment_id),
        UNIQUE KEY payment_attempt (id_shop, id_cart, attempt),
        KEY payment_order (id_order),
        KEY payment_reference_pending (reference_pending)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4';

    /** The right to make the order of a cart: one row per cart, ever. */
    private const CLAIM = 'CREATE TABLE IF NOT EXISTS {claim} (
        id_shop INT UNSIGNED NOT NULL,
        id_cart INT UNSIGNED NOT NULL,
        payment_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        id_order INT UNSIGNED NULL,
        created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
        PRIMARY KEY (id_shop, id_cart)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4';

    /** `origin`: "shop" when a credit slip asked for it, "api" when it came from outside. `idempotency_key` is stored before the call. */
    private const REFUND = 'CREATE TABLE IF NOT EXISTS {refund} (
        id_refund INT UNSIGNED NOT NULL AUTO_INCREMENT,
        payment_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        refund_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
        idempotency_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
        origin VARCHAR(4) NOT NULL,
        amount BIGINT UNSIGNED NOT NULL,
        currency CHAR(3) NOT NULL,
        status VARCHAR(20) NULL,
        version INT UNSIGNED NOT NULL DEFAULT 0,
        id_order INT UNSIGNED NULL,
        id_order_slip INT UNSIGNED NULL,
        created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
        updated_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
        PRIMARY KEY (id_refund),
        UNIQUE KEY refund_refund_id (refund_id),
        UNIQUE KEY refund_idempotency_key (idempotency_key),
        UNIQUE KEY refund_order_slip (id_order_slip),
        KEY refund_payment (payment_id),
        KEY refund_order (id_order)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4';

    /** Every event received, with what became of it: applied, stale or ignored. */
    private const EVENT = 'CREATE TABLE IF NOT EXISTS {event} (
        event_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        type VARCHAR(40) NOT NULL,
        object_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        version INT UNSIGNED NOT NULL,
        outcome VARCHAR(10) NOT NULL,
        received_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
        PRIMARY KEY (event_id),
        KEY event_object (object_id)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4';

    /** The API's customer of a shop's customer; `digest` tells whether something changed since it was sent. */
    private const CUSTOMER = 'CREATE TABLE IF NOT EXISTS {customer} (
        id_shop INT UNSIGNED NOT NULL,
        id_customer INT UNSIGNED NOT NULL,
        live TINYINT(1) NOT NULL,
        customer_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        digest CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        PRIMARY KEY (id_shop, id_customer, live)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4';

    private const TABLES = ['payment' => self::PAYMENT, 'claim' => self::CLAIM, 'refund' => self::REFUND,
        'event' => self::EVENT, 'customer' => self::CUSTOMER, ];

    public function __construct(private Database $database)
    {
    }

    public function create(): void
    {
        foreach (self::TABLES as $sql) {
            $this->database->run($sql);
        }
    }

    public function dropEmpty(): void
    {
        $this->create();
        foreach (array_keys(self::TABLES) as $table) {
            if ((int) $this->database->value('SELECT EXISTS (SELECT 1 FROM {' . $table . '})') === 0) {
                $this->database->run('DROP TABLE {' . $table . '}');
            }
        }
    }
}
