<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Tests;

use Comptoir\PrestaShop\Database\Busy;
use Comptoir\PrestaShop\Database\Database;
use Comptoir\PrestaShop\Install\Schema;
use Comptoir\PrestaShop\Order\Claims;
use Comptoir\PrestaShop\Payment\Attempts;
use Comptoir\PrestaShop\Payment\Price;
use Comptoir\PrestaShop\Refund\Refunds;
use PDO;
use PHPUnit\Framework\TestCase;

/** Claims, attempts and refunds on a real MariaDB or MySQL: COMPTOIR_TEST_DSN, COMPTOIR_TEST_USER, COMPTOIR_TEST_PASSWORD. */
final class DatabaseTest extends TestCase
{
    private Database $database;
    private string $prefix;

    protected function setUp(): void
    {
        if (!getenv('COMPTOIR_TEST_DSN')) {
            self::markTestSkipped('COMPTOIR_TEST_DSN names no database.');
        }
        $this->prefix = 't' . bin2hex(random_bytes(4)) . '_';
        $this->database = $this->connect();
        (new Schema($this->database))->create();
    }

    protected function tearDown(): void
    {
        if (isset($this->database)) {
            foreach (['payment', 'claim', 'refund', 'event', 'customer'] as $table) {
                $this->database->run('DROP TABLE IF EXISTS {' . $table . '}');
            }
        }
    }

    public function testAClaimIsGivenOnce(): void
    {
        $claims = new Claims($this->database);
        self::assertNull($claims->alone(1, function () use ($claims): ?int {
            $order = $claims->take(1, 7, 'paym_a');
            $claims->keep(1, 7, 42);

            return $order;
        }));
        self::assertSame(42, $claims->alone(1, static fn (): ?int => $claims->take(1, 7, 'paym_b')));
        self::assertSame('paym_a', $this->database->value('SELECT payment_id FROM {claim}'));
    }

    public function testAFailedMakerLeavesNothing(): void
    {
        $claims = new Claims($this->database);
        try {
            $claims->alone(1, function () use ($claims): void {
                $claims->take(1, 7, 'paym_a');
                throw new \RuntimeException('The order cannot be made.');
            });
        } catch (\RuntimeException) {
        }
        self::assertSame(0, (int) $this->database->value('SELECT COUNT(*) FROM {claim}'));
        self::assertNull($claims->alone(1, static fn (): ?int => $claims->take(1, 7, 'paym_a')));
    }

    public function testAKilledMakerIsReplacedAtOnce(): void
    {
        $other = $this->connect();
        $connection = (int) $other->value('SELECT CONNECTION_ID()');
        try {
            (new Claims($other))->alone(1, function () use ($other, $connection): void {
                (new Claims($other))->take(1, 7, 'paym_a');
                $this->database->run('KILL ' . $connection);
                $claims = new Claims($this->database);
                self::assertNull($claims->alone(1, static fn (): ?int => $claims->take(1, 7, 'paym_b')));
            });
        } catch (\PDOException) {
            // The killed connection cannot be used any more.
        }
        self::assertSame('paym_b', $this->database->value('SELECT payment_id FROM {claim}'));
    }

    public function testAClaimWithoutOrderIsTakenOver(): void
    {
        $this->database->run("INSERT INTO {claim} (id_shop, id_cart, payment_id) VALUES (1, 7, 'paym_a')");
        $claims = new Claims($this->database);
        self::assertNull($claims->alone(1, static fn (): ?int => $claims->take(1, 7, 'paym_b')));
    }

    public function testAClaimThatTheServerUndidIsNoticed(): void
    {
        $this->expectExceptionMessage('undone');
        (new Claims($this->database))->keep(1, 7, 42);
    }

    public function testOnlyOneWorksAtATime(): void
    {
        $other = $this->connect();
        $this->database->alone('x', 0, function () use ($other): void {
            try {
                $other->alone('x', 0, static fn () => self::fail('Two at once.'));
            } catch (Busy $busy) {
                self::assertStringContainsString('x', $busy->getMessage());
            }
            self::assertSame('free', $other->alone('y', 0, static fn (): string => 'free'));
        });
        self::assertSame('free', $other->alone('x', 0, static fn (): string => 'free'));
    }

    public function testAnAttemptIsFoundByItsNameWhenTheAnswerWasLost(): void
    {
        $attempts = new Attempts($this->database);
        $attempts->add(1, 7, 1, 'ps-a', new Price(2294, 'eur', false), '[]');
        self::assertNull($attempts->adopt(['id' => 'paym_z', 'unique_id' => 'ps-other']));
        self::assertSame('paym_a', $attempts->adopt(['id' => 'paym_a', 'unique_id' => 'ps-a'])['payment_id'] ?? null);
        self::assertNull($attempts->adopt(['id' => 'paym_b', 'unique_id' => 'ps-a']), 'the name is taken by another payment');
        self::assertSame('1', (string) $attempts->last(1, 7)['attempt']);
    }

    public function testARefundAskedForByASlipIsRecognised(): void
    {
        $refunds = new Refunds($this->database);
        $asked = $refunds->ask('paym_a', 500, 'eur', 42, 9);
        self::assertSame($asked['idempotency_key'], $refunds->ask('paym_a', 500, 'eur', 42, 9)['idempotency_key'], 'asked twice, one key');
        $row = $refunds->adopt(['id' => 'refd_a', 'payment' => 'paym_a', 'amount' => 500, 'currency' => 'eur']);
        self::assertSame('9', (string) $row['id_order_slip']);
        $foreign = $refunds->adopt(['id' => 'refd_b', 'payment' => 'paym_a', 'amount' => 500, 'currency' => 'eur']);
        self::assertNull($foreign['id_order_slip']);
        self::assertSame(1000, $refunds->total('paym_a'));
        $refunds->record((int) $foreign['id_refund'], 'not_honored', 2);
        self::assertSame(500, $refunds->total('paym_a'));
        self::assertSame([], $refunds->unanswered());
    }

    public function testAFailedRefundGivesItsSlipToTheNextOfTheSameAmount(): void
    {
        $refunds = new Refunds($this->database);
        $row = $refunds->adopt(['id' => 'refd_a', 'payment' => 'paym_a', 'amount' => 700, 'currency' => 'eur']);
        $refunds->linkSlip((int) $row['id_refund'], 42, 5);
        self::assertNull($refunds->takeWaitingSlip(42, 700));
        $refunds->record((int) $row['id_refund'], 'failed', 2);
        self::assertNull($refunds->takeWaitingSlip(42, 600));
        self::assertSame(5, $refunds->takeWaitingSlip(42, 700));
        self::assertNull($refunds->takeWaitingSlip(42, 700));
    }

    public function testUninstallingKeepsWhatHoldsMoney(): void
    {
        (new Attempts($this->database))->add(1, 7, 1, 'ps-a', new Price(2294, 'eur', false), '[]');
        (new Schema($this->database))->dropEmpty();
        (new Schema($this->database))->create();
        self::assertNotNull((new Attempts($this->database))->ofUniqueId('ps-a'));
    }

    private function connect(): Database
    {
        $pdo = new PDO((string) getenv('COMPTOIR_TEST_DSN'), (string) getenv('COMPTOIR_TEST_USER'), (string) getenv('COMPTOIR_TEST_PASSWORD'), [PDO::ATTR_STRINGIFY_FETCHES => true]);

        return new Database(static fn (): PDO => $pdo, $this->prefix);
    }
}
