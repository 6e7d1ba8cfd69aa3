<?php
// Asked by the provisioner only, through the boutique's own socket: fills PHP's code cache while the database is still being
// restored. Without a list it tells what is compiled, which is how the template's build makes the list.
$list = '/run/comptoir/compile.txt';
header('Content-Type: application/json');
if (!is_file($list)) {
    $scripts = opcache_get_status(true)['scripts'] ?? [];
    exit(json_encode(array_values(array_filter(array_keys($scripts), fn ($path) => str_starts_with($path, '/var/www/html/')))));
}
$compiled = 0;
foreach (file($list, FILE_IGNORE_NEW_LINES) as $name) {
    $path = '/var/www/html/' . $name;
    if (is_file($path) && !opcache_is_script_cached($path)) {
        $compiled += (int) @opcache_compile_file($path);
    }
}
echo json_encode($compiled);
