<?php
/**
 * Loads the classes of src/ (PSR-4, prefix Comptoir\PrestaShop\).
 *
 * Written by hand on purpose: the module has no package, and Composer's generated loader would be twelve files that
 * must be generated again for each class map, for the work of these ten lines.
 *
 * @license AFL-3.0
 */
if (!defined('_PS_VERSION_')) {
    exit;
}

spl_autoload_register(static function (string $class): void {
    $prefix = 'Comptoir\\PrestaShop\\';
    if (strncmp($class, $prefix, strlen($prefix)) !== 0) {
        return;
    }
    $file = __DIR__ . '/src/' . strtr(substr($class, strlen($prefix)), '\\', '/') . '.php';
    if (is_file($file)) {
        require $file;
    }
});
