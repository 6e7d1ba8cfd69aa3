<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Tests;

use PHPUnit\Framework\TestCase;

final class TranslationsTest extends TestCase
{
    private const LANGUAGES = ['fr-FR', 'it-IT'];

    /** @dataProvider languages */
    public function testEveryTextIsTranslatedAndNoneIsLeftOver(string $language): void
    {
        foreach (['Shop', 'Admin'] as $domain) {
            $used = self::textsOf($domain);
            $units = self::units($domain, $language);
            self::assertNotSame([], $used);
            self::assertSame([], array_values(array_diff($used, array_keys($units))), 'not translated');
            self::assertSame([], array_values(array_diff(array_keys($units), $used)), 'left over');
        }
    }

    /** @dataProvider languages */
    public function testPlaceholdersAreKept(string $language): void
    {
        foreach (['Shop', 'Admin'] as $domain) {
            foreach (self::units($domain, $language) as $source => $target) {
                self::assertNotSame('', $target, $source);
                self::assertSame(self::placeholders($source), self::placeholders($target), $source);
            }
        }
    }

    /** @return iterable<array{string}> */
    public static function languages(): iterable
    {
        foreach (self::LANGUAGES as $language) {
            yield $language => [$language];
        }
    }

    /** @return string[] */
    private static function textsOf(string $domain): array
    {
        $texts = [];
        $files = new \RecursiveIteratorIterator(new \RecursiveDirectoryIterator(dirname(__DIR__) . '/comptoir'));
        foreach ($files as $file) {
            $patterns = [
                'php' => "/trans\\(\\s*'((?:[^'\\\\]|\\\\.)*)'\\s*,(?:(?!trans\\().)*?'Modules\\.Comptoir\\.(Shop|Admin)'/s",
                'tpl' => "/\\{l s='((?:[^'\\\\]|\\\\.)*)'[^\\n]*? d='Modules\\.Comptoir\\.(Shop|Admin)'/",
            ];
            $pattern = $patterns[$file->getExtension()] ?? null;
            if ($pattern === null) {
                continue;
            }
            preg_match_all($pattern, (string) file_get_contents($file->getPathname()), $found, PREG_SET_ORDER);
            foreach ($found as [, $text, $of]) {
                if ($of === $domain) {
                    $texts[] = stripslashes($text);
                }
            }
        }

        return array_values(array_unique($texts));
    }

    /** @return array<string, string> */
    private static function units(string $domain, string $language): array
    {
        $file = dirname(__DIR__) . "/comptoir/translations/$language/ModulesComptoir$domain.$language.xlf";
        $units = [];
        foreach ((new \SimpleXMLElement((string) file_get_contents($file)))->file as $part) {
            foreach ($part->body->{'trans-unit'} as $unit) {
                $units[(string) $unit->source] = (string) $unit->target;
            }
        }

        return $units;
    }

    /** @return string[] */
    private static function placeholders(string $text): array
    {
        preg_match_all('/%\w+%/', $text, $found);
        sort($found[0]);

        return $found[0];
    }
}
