<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Settings;

use AdminController;
use Comptoir\PrestaShop\Api\PaymentsError;
use Comptoir\PrestaShop\Services;
use Configuration;
use Context;
use HelperForm;
use Symfony\Contracts\Translation\TranslatorInterface;
use Tools;

if (!defined('_PS_VERSION_')) {
    exit;
}

/**
 * The configuration page. A hosted boutique has nothing to fill in: the page shows its state. Any other shop gets a form.
 *
 * A HelperForm, because it is the one form that works the same in 8 and 9. Secrets are never sent back to the browser:
 * an empty secret field keeps what is stored.
 */
final class SettingsForm
{
    public const OPTIONS = ['COMPTOIR_API_URL', 'COMPTOIR_MODE', 'COMPTOIR_SECRET_KEY_TEST', 'COMPTOIR_PUBLIC_KEY_TEST',
        'COMPTOIR_SECRET_KEY_LIVE', 'COMPTOIR_PUBLIC_KEY_LIVE', 'COMPTOIR_WEBHOOK_SECRET', ];

    private const SECRETS = ['COMPTOIR_SECRET_KEY_TEST', 'COMPTOIR_SECRET_KEY_LIVE', 'COMPTOIR_WEBHOOK_SECRET'];

    private const KEY_PREFIXES = ['COMPTOIR_SECRET_KEY_TEST' => 'stest', 'COMPTOIR_PUBLIC_KEY_TEST' => 'ptest',
        'COMPTOIR_SECRET_KEY_LIVE' => 'sprod', 'COMPTOIR_PUBLIC_KEY_LIVE' => 'pprod', ];

    private TranslatorInterface $translator;

    public function __construct(private \Comptoir $module, private Services $services)
    {
        $this->translator = $module->getTranslator();
    }

    public function page(): string
    {
        $messages = '';
        if (!Settings::isHosted() && Tools::isSubmit('submitComptoir')) {
            $messages = $this->save();
        }

        return $messages . $this->state() . (Settings::isHosted() ? '' : $this->form());
    }

    private function state(): string
    {
        $problem = '';
        $live = false;
        try {
            $live = $this->services->settings()->live;
            $this->services->client()->check();
        } catch (SettingsError | PaymentsError $error) {
            $problem = !Settings::isHosted() && (string) Configuration::get('COMPTOIR_API_URL') === ''
                ? $this->translator->trans('fill in the connection below.', [], 'Modules.Comptoir.Admin')
                : $error->getMessage();
        }

        return $this->module->view('admin/state.tpl', [
            'comptoir_hosted' => Settings::isHosted(),
            'comptoir_live' => $live,
            'comptoir_problem' => $problem,
            'comptoir_webhook' => Context::getContext()->link->getModuleLink('comptoir', 'webhook', [], true),
        ]);
    }

    /** Stores the values when all of them can work; else stores nothing and says what to correct. */
    private function save(): string
    {
        $values = [];
        foreach (self::OPTIONS as $option) {
            $typed = trim((string) Tools::getValue($option));
            $values[$option] = $typed === '' && in_array($option, self::SECRETS, true) ? (string) Configuration::get($option) : $typed;
        }
        $errors = $this->mistakes($values);
        if ($errors === []) {
            try {
                $this->services->clientOf(Settings::ofShop(static fn (string $name): string => $values[$name] ?? ''))->check();
            } catch (SettingsError | PaymentsError $error) {
                $errors[] = $this->translator->trans('The payment service did not accept these settings: %reason%', ['%reason%' => $error->getMessage()], 'Modules.Comptoir.Admin');
            }
        }
        if ($errors !== []) {
            return $this->module->displayError(array_map([Tools::class, 'safeOutput'], $errors));
        }
        foreach ($values as $option => $value) {
            Configuration::updateValue($option, $value);
        }

        return $this->module->displayConfirmation($this->translator->trans('Settings saved and checked with the payment service.', [], 'Modules.Comptoir.Admin'));
    }

    /**
     * @param array<string, string> $values
     *
     * @return string[]
     */
    private function mistakes(array $values): array
    {
        $errors = [];
        foreach (self::KEY_PREFIXES as $option => $prefix) {
            if ($values[$option] !== '' && (!preg_match(Settings::KEY_PATTERN, $values[$option]) || !str_starts_with($values[$option], $prefix))) {
                $errors[] = $this->translator->trans('"%field%" must be %prefix%_ followed by 24 letters or digits.', ['%field%' => $this->label($option), '%prefix%' => $prefix], 'Modules.Comptoir.Admin');
            }
        }
        if (!preg_match('#^https://[^/\s]+$#', rtrim($values['COMPTOIR_API_URL'], '/'))) {
            $errors[] = $this->translator->trans('The API address must look like https://api.example.com.', [], 'Modules.Comptoir.Admin');
        }
        if (!preg_match('/^([0-9a-f]{2}){16,}$/i', $values['COMPTOIR_WEBHOOK_SECRET'])) {
            $errors[] = $this->translator->trans('The notification secret must be the hexadecimal text shown where you registered the notification address.', [], 'Modules.Comptoir.Admin');
        }

        return $errors;
    }

    private function label(string $option): string
    {
        return match ($option) {
            'COMPTOIR_API_URL' => $this->translator->trans('API address', [], 'Modules.Comptoir.Admin'),
            'COMPTOIR_MODE' => $this->translator->trans('Mode', [], 'Modules.Comptoir.Admin'),
            'COMPTOIR_SECRET_KEY_TEST' => $this->translator->trans('Test secret key', [], 'Modules.Comptoir.Admin'),
            'COMPTOIR_PUBLIC_KEY_TEST' => $this->translator->trans('Test public key', [], 'Modules.Comptoir.Admin'),
            'COMPTOIR_SECRET_KEY_LIVE' => $this->translator->trans('Live secret key', [], 'Modules.Comptoir.Admin'),
            'COMPTOIR_PUBLIC_KEY_LIVE' => $this->translator->trans('Live public key', [], 'Modules.Comptoir.Admin'),
            default => $this->translator->trans('Notification secret', [], 'Modules.Comptoir.Admin'),
        };
    }

    private function form(): string
    {
        $helper = new HelperForm();
        $helper->module = $this->module;
        $helper->name_controller = $this->module->name;
        $helper->token = Tools::getAdminTokenLite('AdminModules');
        $helper->currentIndex = AdminController::$currentIndex . '&configure=' . $this->module->name;
        $helper->submit_action = 'submitComptoir';
        $helper->default_form_language = (int) Configuration::get('PS_LANG_DEFAULT');
        foreach (self::OPTIONS as $option) {
            $hidden = in_array($option, self::SECRETS, true);
            $helper->fields_value[$option] = $hidden ? '' : Tools::getValue($option, Configuration::get($option) ?: '');
        }
        $helper->fields_value['COMPTOIR_MODE'] = Tools::getValue('COMPTOIR_MODE', Configuration::get('COMPTOIR_MODE') ?: 'test');

        return $helper->generateForm([['form' => [
            'legend' => ['title' => $this->translator->trans('Connection', [], 'Modules.Comptoir.Admin'), 'icon' => 'icon-key'],
            'input' => array_map(fn (string $option): array => $this->input($option), self::OPTIONS),
            'submit' => ['title' => $this->translator->trans('Save and check', [], 'Modules.Comptoir.Admin')],
        ]]]);
    }

    /** @return array<string, mixed> */
    private function input(string $option): array
    {
        if ($option === 'COMPTOIR_MODE') {
            return ['type' => 'radio', 'name' => $option, 'label' => $this->label($option), 'values' => [
                ['id' => 'comptoir_test', 'value' => 'test', 'label' => $this->translator->trans('Test: no money moves', [], 'Modules.Comptoir.Admin')],
                ['id' => 'comptoir_live', 'value' => 'live', 'label' => $this->translator->trans('Live', [], 'Modules.Comptoir.Admin')],
            ]];
        }
        $stored = (string) Configuration::get($option);
        $secret = in_array($option, self::SECRETS, true);

        return [
            'type' => 'text', 'name' => $option, 'label' => $this->label($option), 'autocomplete' => false,
            'desc' => $secret && $stored !== ''
                ? $this->translator->trans('Stored, ends with %end%. Leave empty to keep it.', ['%end%' => substr($stored, -4)], 'Modules.Comptoir.Admin')
                : '',
        ];
    }
}
