<?php

/** Whether an event comes from us: its raw bytes, its header Stancer-Signature, the endpoint's secret in hexadecimal. */
function verify(string $body, string $header, string $secret, int $tolerance = 300): bool
{
    $stamp = '';
    $given = []; // two while a secret is being replaced
    foreach (explode(',', $header) as $part) {
        [$name, $value] = explode('=', trim($part), 2) + [1 => ''];
        if ($name === 't') {
            $stamp = $value;
        } elseif ($name === 'v1') {
            $given[] = $value;
        }
    }
    if (!ctype_digit($stamp) || abs(time() - (int) $stamp) > $tolerance) {
        return false; // not signed, or an old event sent again by somebody else
    }
    $expected = hash_hmac('sha256', "$stamp.$body", hex2bin($secret));
    foreach ($given as $value) {
        if (hash_equals($expected, $value)) {
            return true;
        }
    }

    return false;
}
