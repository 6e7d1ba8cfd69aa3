<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Order;

use Cart;

if (!defined('_PS_VERSION_')) {
    exit;
}

/**
 * What was in the cart when its payment began.
 *
 * Needed only when the buyer empties the cart in another window while paying: money without any product to put on an
 * order would be a paid order nobody ever sees.
 */
final class CartLines
{
    public static function of(Cart $cart): string
    {
        $lines = array_map(static fn (array $product): array => [
            (int) $product['id_product'],
            (int) $product['id_product_attribute'],
            (int) $product['id_customization'],
            (int) $product['cart_quantity'],
        ], $cart->getProducts());

        return (string) json_encode(array_values($lines));
    }

    public static function restore(Cart $cart, string $lines): void
    {
        foreach ((array) json_decode($lines, true) as [$productId, $attributeId, $customizationId, $quantity]) {
            $cart->updateQty($quantity, $productId, $attributeId, $customizationId ?: false);
        }
    }
}
