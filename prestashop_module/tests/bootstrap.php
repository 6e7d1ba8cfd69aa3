<?php
/**
 * Loads the module's pure classes without a shop.
 *
 * @license AFL-3.0
 */
define('_PS_VERSION_', '8.2.0');

require dirname(__DIR__) . '/comptoir/autoload.php';
