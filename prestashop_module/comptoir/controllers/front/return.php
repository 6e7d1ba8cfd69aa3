<?php
/**
 * @license AFL-3.0
 */
if (!defined('_PS_VERSION_')) {
    exit;
}

use Comptoir\PrestaShop\Order\CannotOrder;
use Comptoir\PrestaShop\Payment\Outcome;
use Comptoir\PrestaShop\Payment\PriceText;
use Comptoir\PrestaShop\Payment\ResponseText;
use Comptoir\PrestaShop\Payment\UniqueId;

/**
 * Where the payment page sends the buyer. The address is signed: it works without cookie, on another device too.
 *
 * The outcome is read from the API. As long as it is open the page asks again by itself, without JavaScript.
 */
class ComptoirReturnModuleFrontController extends ModuleFrontController
{
    private const REFRESH_SECONDS = 3;
    private const MAX_REFRESHES = 20;

    public $ssl = true;

    public function initContent(): void
    {
        parent::initContent();
        header('Cache-Control: no-store');
        $this->registerStylesheet('comptoir', 'modules/comptoir/views/css/front.css');
        $attempt = $this->attempt();
        if ($attempt === null) {
            Tools::redirect($this->context->link->getPageLink('index', true));
        }
        try {
            $payment = $this->module->services()->client()->payment((string) $attempt['payment_id']);
            $attempt = $this->module->services()->sync()->apply($payment) ?? $attempt;
            $this->module->services()->sync()->sendReferences($this->module->services()->client());
        } catch (CannotOrder $error) {
            PrestaShopLogger::addLog('Comptoir return: ' . $error->getMessage(), 4, null, 'Cart', (int) $attempt['id_cart'], true);
            $this->show('thanks', ['comptoir_reference' => '', 'comptoir_amount' => $this->price($attempt)]);

            return;
        } catch (Exception $error) {
            PrestaShopLogger::addLog('Comptoir return: ' . $error->getMessage(), 3, null, 'Cart', (int) $attempt['id_cart'], true);
            $this->showWaiting($attempt, false);

            return;
        }
        $this->showOutcome(Outcome::of($payment), $attempt);
    }

    /** @return array<string, mixed>|null */
    private function attempt(): ?array
    {
        $uniqueId = (string) Tools::getValue('attempt');
        if (!UniqueId::isTokenOf((string) Tools::getValue('token'), _COOKIE_KEY_, $uniqueId)) {
            return null;
        }
        $attempt = $this->module->services()->attempts->ofUniqueId($uniqueId);

        return $attempt === null || $attempt['payment_id'] === null ? null : $attempt;
    }

    /** @param array<string, mixed> $attempt */
    private function showOutcome(Outcome $outcome, array $attempt): void
    {
        if ($attempt['id_order'] !== null && $outcome->needsOrder()) {
            $this->showOrder(new Order((int) $attempt['id_order']), $attempt);
        } elseif ($outcome === Outcome::Pending || $outcome->needsOrder()) {
            $this->showWaiting($attempt, $outcome === Outcome::Pending && $this->isOwnCart($attempt));
        } else {
            $this->show('failed', [
                'comptoir_reason' => ResponseText::of($attempt['response'], $this->module->getTranslator()),
                'comptoir_again' => $this->context->link->getModuleLink('comptoir', 'payment', [], true),
                'comptoir_checkout' => $this->context->link->getPageLink('order', true),
                'comptoir_own_cart' => $this->isOwnCart($attempt),
            ]);
        }
    }

    /** @param array<string, mixed> $attempt */
    private function showOrder(Order $order, array $attempt): void
    {
        if ((int) $this->context->customer->id === (int) $order->id_customer && $order->module === 'comptoir') {
            Tools::redirect($this->context->link->getPageLink('order-confirmation', true, null, [
                'id_cart' => (int) $order->id_cart,
                'id_module' => (int) $this->module->id,
                'id_order' => (int) $order->id,
                'key' => $order->secure_key,
            ]));
        }
        $this->show('thanks', ['comptoir_reference' => $order->reference, 'comptoir_amount' => $this->price($attempt)]);
    }

    /** @param array<string, mixed> $attempt */
    private function showWaiting(array $attempt, bool $payable): void
    {
        $turn = min(self::MAX_REFRESHES, max(0, (int) Tools::getValue('turn')));
        $here = ['attempt' => $attempt['unique_id'], 'token' => Tools::getValue('token'), 'turn' => $turn + 1];
        $next = $this->context->link->getModuleLink('comptoir', 'return', $here, true);
        if ($turn < self::MAX_REFRESHES) {
            header('Refresh: ' . self::REFRESH_SECONDS . ';url=' . $next);
        }
        $this->show('waiting', [
            'comptoir_next' => $next,
            'comptoir_again' => $payable ? $this->context->link->getModuleLink('comptoir', 'payment', [], true) : '',
            'comptoir_refreshes' => $turn < self::MAX_REFRESHES,
        ]);
    }

    /**
     * True for the browser that started the payment, the only one that can resume it.
     *
     * @param array<string, mixed> $attempt
     */
    private function isOwnCart(array $attempt): bool
    {
        return (int) $this->context->cart->id === (int) $attempt['id_cart'];
    }

    /** @param array<string, mixed> $attempt */
    private function price(array $attempt): string
    {
        return PriceText::of((int) $attempt['amount'], (string) $attempt['currency']);
    }

    /** @param array<string, mixed> $variables */
    private function show(string $page, array $variables): void
    {
        $this->context->smarty->assign($variables);
        $this->setTemplate('module:comptoir/views/templates/front/' . $page . '.tpl');
    }
}
