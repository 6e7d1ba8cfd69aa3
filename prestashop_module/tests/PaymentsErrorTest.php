<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Tests;

use Comptoir\PrestaShop\Api\PaymentsError;
use PHPUnit\Framework\TestCase;

final class PaymentsErrorTest extends TestCase
{
    /** @dataProvider answers */
    public function testEveryErrorBodyIsRead(int $status, string $body, string $code, string $message): void
    {
        $error = PaymentsError::ofAnswer($status, $body, 'req_1');
        self::assertSame([$status, $code, $message, 'req_1'], [$error->status, $error->errorCode, $error->getMessage(), $error->requestId]);
    }

    /** @return iterable<string, array{int, string, string, string}> */
    public static function answers(): iterable
    {
        yield 'v2 text' => [404, '{"error":"Payment `paym_1` not found"}', 'http_404', 'Payment `paym_1` not found'];
        yield 'v2 validation' => [422, '{"detail":[{"loc":["body","auth"],"msg":"extra fields not permitted","type":"value_error.extra"}]}', 'http_422', 'body.auth: extra fields not permitted'];
        yield 'v1 envelope' => [400, '{"error":{"type":"invalid_request_error","message":"No"}}', 'invalid_request_error', 'No'];
        yield 'v1 with an id' => [409, '{"error":{"type":"invalid_request_error","message":{"id":"card_1","error":"Exists"}}}', 'invalid_request_error', 'Exists (card_1)'];
        yield 'html' => [502, '<html>', 'http_502', 'The payment service answered 502.'];
        yield 'empty' => [500, '', 'http_500', 'The payment service answered 500.'];
    }

    public function testTheCodeOfTheHeaderIsKept(): void
    {
        $error = PaymentsError::ofAnswer(409, '{"error":"A request with this Idempotency-Key is still in progress"}', null, 'idempotency_in_progress');
        self::assertSame('idempotency_in_progress', $error->errorCode);
        self::assertTrue($error->isUnknown());
        self::assertTrue($error->isTemporary());
        self::assertFalse(PaymentsError::ofAnswer(409, '{"error":"No"}', null, 'refund_too_high')->isUnknown());
    }

    public function testOnlyTemporaryTroubleIsTriedAgain(): void
    {
        foreach ([0, 401, 403, 408, 429, 500, 503] as $status) {
            self::assertTrue((new PaymentsError($status, '', ''))->isTemporary(), (string) $status);
        }
        foreach ([400, 404, 409, 422] as $status) {
            self::assertFalse((new PaymentsError($status, '', ''))->isTemporary(), (string) $status);
        }
    }
}
