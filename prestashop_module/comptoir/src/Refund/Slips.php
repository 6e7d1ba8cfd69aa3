<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Refund;

use Comptoir\PrestaShop\Database\Database;
use Comptoir\PrestaShop\Payment\Amount;
use Currency;
use Order;
use OrderDetail;
use OrderSlip;
use StockAvailable;

if (!defined('_PS_VERSION_')) {
    exit;
}

/** Reads, makes and removes credit slips of the shop. */
final class Slips
{
    public function __construct(private Database $database)
    {
    }

    /**
     * Makes a slip of an amount (minor units, taxes included) that came from outside the shop: nobody said what for, so it
     * is spread over the order's products and shipping. Quantities and stock stay as they are; each line counts once,
     * because the core's credit slip document lists only lines with a quantity.
     */
    public function make(Order $order, int $amount, string $currency): int
    {
        $parts = SlipParts::of($amount, $this->linesOf($order, $currency));
        $shipping = $parts['shipping'] ?? [0, 0];
        unset($parts['shipping']);
        $slip = new OrderSlip();
        $slip->id_customer = (int) $order->id_customer;
        $slip->id_order = (int) $order->id;
        $slip->conversion_rate = (float) (new Currency((int) $order->id_currency))->conversion_rate ?: 1.0;
        $slip->total_products_tax_incl = Amount::toShop((int) array_sum(array_column($parts, 0)), $currency);
        $slip->total_products_tax_excl = Amount::toShop((int) array_sum(array_column($parts, 1)), $currency);
        $slip->total_shipping_tax_incl = Amount::toShop($shipping[0], $currency);
        $slip->total_shipping_tax_excl = Amount::toShop($shipping[1], $currency);
        $slip->amount = $slip->total_products_tax_incl;
        $slip->shipping_cost = $shipping[0] > 0;
        $slip->shipping_cost_amount = $slip->total_shipping_tax_incl;
        $slip->partial = 0;
        $slip->order_slip_type = $shipping[0] > 0 ? SlipAmount::TYPED : SlipAmount::PRODUCTS;
        if (!$slip->add()) {
            throw new \RuntimeException('The credit slip of order ' . $order->id . ' could not be stored.');
        }
        foreach ($parts as $detailId => [$withTaxes, $withoutTaxes]) {
            $this->addLine((int) $slip->id, (int) $detailId, Amount::toDecimal($withTaxes, $currency), Amount::toDecimal($withoutTaxes, $currency));
        }

        return (int) $slip->id;
    }

    /** @return array<int|string, array{int, int}> minor units with and without taxes, by id_order_detail and "shipping" */
    private function linesOf(Order $order, string $currency): array
    {
        $lines = [];
        foreach ($order->getProductsDetail() as $product) {
            $lines[(int) $product['id_order_detail']] = [
                Amount::toMinor($product['total_price_tax_incl'], $currency),
                Amount::toMinor($product['total_price_tax_excl'], $currency),
            ];
        }
        $lines['shipping'] = [Amount::toMinor($order->total_shipping_tax_incl, $currency), Amount::toMinor($order->total_shipping_tax_excl, $currency)];

        return $lines;
    }

    private function addLine(int $slipId, int $detailId, string $withTaxes, string $withoutTaxes): void
    {
        $this->database->run(
            'INSERT INTO ' . _DB_PREFIX_ . 'order_slip_detail (id_order_slip, id_order_detail, product_quantity, unit_price_tax_excl, unit_price_tax_incl,
             total_price_tax_excl, total_price_tax_incl, amount_tax_excl, amount_tax_incl) VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?)',
            [$slipId, $detailId, $withoutTaxes, $withTaxes, $withoutTaxes, $withTaxes, $withoutTaxes, $withTaxes]
        );
    }

    /** What is left of the order after its slips, in minor units. */
    public function left(Order $order, string $currency): int
    {
        $slips = $this->database->value(
            'SELECT COALESCE(SUM(total_products_tax_incl + total_shipping_tax_incl), 0) FROM ' . _DB_PREFIX_ . 'order_slip WHERE id_order = ?',
            [(int) $order->id]
        );

        return max(0, Amount::toMinor($order->total_paid_tax_incl, $currency) - Amount::toMinor((string) $slips, $currency));
    }

    /** The slip just made in the back office: the newest of the order that no refund stands for. */
    public function newest(Order $order): ?OrderSlip
    {
        $id = $this->database->value(
            'SELECT s.id_order_slip FROM ' . _DB_PREFIX_ . 'order_slip s LEFT JOIN {refund} r ON r.id_order_slip = s.id_order_slip
             WHERE s.id_order = ? AND r.id_refund IS NULL ORDER BY s.id_order_slip DESC LIMIT 1',
            [(int) $order->id]
        );

        return $id === null ? null : new OrderSlip((int) $id);
    }

    public function remove(int $slipId): void
    {
        $this->database->run('DELETE FROM ' . _DB_PREFIX_ . 'order_slip_detail WHERE id_order_slip = ?', [$slipId]);
        (new OrderSlip($slipId))->delete();
    }

    /**
     * Takes back out of stock what the core put there just before it made the slip.
     *
     * @param array<int, array<string, mixed>> $products `productList` of the hook, by id_order_detail
     */
    public function takeBackStock(Order $order, array $products): void
    {
        foreach ($products as $detailId => $product) {
            $detail = new OrderDetail((int) $detailId);
            $free = (int) $detail->product_quantity - (int) $detail->product_quantity_reinjected;
            $quantity = min($free, (int) ($product['quantity'] ?? 0));
            if ($quantity > 0 && !$detail->id_warehouse) {
                StockAvailable::updateQuantity((int) $detail->product_id, (int) $detail->product_attribute_id, -$quantity,
                    (int) $detail->id_shop, true, ['id_order' => (int) $order->id]);
            }
        }
    }
}
