<?php
/**
 * @license AFL-3.0
 */
if (!defined('_PS_VERSION_')) {
    exit;
}

/**
 * Notifications of the payment API. Work is done in src/Webhook.
 *
 * The front office's init() is left out on purpose (only its base runs): it redirects, shows the maintenance page, blocks countries and starts a
 * visitor's cart and cookie, and none of this concerns a server's call.
 */
class ComptoirWebhookModuleFrontController extends ModuleFrontController
{
    public function init(): void
    {
        $this->context->cookie->disallowWriting();
        Controller::init();
        $this->context->link = new Link('https://', 'https://');
        $this->context->currency = Currency::getDefaultCurrency();
        $this->context->cart = new Cart();
        Product::initPricesComputation();

        // What ends the script without an answer (the core dies where it cannot make an order) must be sent again.
        http_response_code(503);
        [$status, $answer] = $this->answer();
        header('Content-Type: application/json');
        header('Cache-Control: no-store');
        http_response_code($status);
        exit(json_encode($answer));
    }

    /** @return array{0: int, 1: array<string, string>} */
    private function answer(): array
    {
        if (($_SERVER['REQUEST_METHOD'] ?? '') !== 'POST') {
            header('Allow: POST');

            return [405, ['error' => 'method_not_allowed']];
        }
        try {
            return $this->module->services()->receiver()->receive(
                (string) file_get_contents('php://input'),
                (string) ($_SERVER['HTTP_STANCER_SIGNATURE'] ?? ''),
                time()
            );
        } catch (Exception $error) {
            PrestaShopLogger::addLog('Comptoir notification: ' . $error->getMessage(), 3, null, null, null, true);

            return [503, ['error' => 'not_ready']];
        }
    }
}
