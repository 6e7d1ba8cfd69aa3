#!/bin/sh
# Checks the syntax of every PHP file, and that every folder of the shipped module has its index.php.
cd "$(dirname "$0")/.." || exit 1
bad=0
for file in $(find comptoir tests -name '*.php'); do
    php -l "$file" > /dev/null || bad=1
done
for folder in $(find comptoir -type d); do
    [ -f "$folder/index.php" ] || { echo "index.php is missing in $folder"; bad=1; }
done
[ "$bad" = 0 ] && echo "lint: $(find comptoir tests -name '*.php' | wc -l) files, no error"
exit "$bad"
