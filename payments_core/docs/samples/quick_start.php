<?php

const API = 'https://api.example.com/v2';

function post(string $path, array $body): array
{
    $request = curl_init(API . $path);
    curl_setopt_array($request, [
        CURLOPT_USERPWD => getenv('COMPTOIR_KEY') . ':', // a secret test key, stest_…
        CURLOPT_HTTPHEADER => [
            'Content-Type: application/json',
            'Idempotency-Key: ' . bin2hex(random_bytes(16)),
        ],
        CURLOPT_POSTFIELDS => json_encode($body, JSON_THROW_ON_ERROR),
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_TIMEOUT => 10,
    ]);
    $answer = curl_exec($request);
    $status = curl_getinfo($request, CURLINFO_RESPONSE_CODE);
    if ($answer === false || $status !== 200) {
        fwrite(STDERR, "$status: " . ($answer ?: curl_error($request)) . "\n");
        exit(1);
    }

    return json_decode($answer, true, 512, JSON_THROW_ON_ERROR);
}

// 1. Let the payer pay on our page.
$intent = post('/payment_intents', [
    'amount' => 2590, 'currency' => 'eur', 'description' => 'Basket 1047',
    'order_id' => '1047', 'return_url' => 'https://shop.example/thanks',
]);
echo "Send the payer to {$intent['url']}\n";

// 2. Or charge a card yourself. This test card is captured at once.
$payment = post('/payments', [
    'amount' => 2590, 'currency' => 'eur', 'order_id' => '1048',
    'card' => ['number' => '4000000000000077', 'exp_month' => 12, 'exp_year' => 2035, 'cvc' => '123'],
]);
echo "{$payment['id']} {$payment['status']}\n";

// 3. Give a part of it back.
$refund = post('/refunds', ['payment' => $payment['id'], 'amount' => 500]);
echo "{$refund['id']} {$refund['status']}\n";
