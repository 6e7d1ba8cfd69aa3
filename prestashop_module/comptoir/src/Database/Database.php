<?php
/**
 * @license AFL-3.0
 */
declare(strict_types=1);

namespace Comptoir\PrestaShop\Database;

use Closure;
use PDO;
use PDOStatement;

if (!defined('_PS_VERSION_')) {
    exit;
}

/**
 * Prepared statements, transactions and named locks on the shop's own connection.
 *
 * It must be PrestaShop's connection, not a second one: what the core writes between begin and commit (a whole order)
 * then commits together with our rows, or not at all when the process is killed. `{name}` in SQL is our table `name`.
 */
final class Database
{
    /** @param Closure(): PDO $link read at each call, because the core may connect again */
    public function __construct(private Closure $link, private string $prefix)
    {
    }

    public static function ofShop(): self
    {
        return new self(static fn (): PDO => \Db::getInstance()->getLink(), _DB_PREFIX_);
    }

    /** @param array<int|string, mixed> $values */
    public function run(string $sql, array $values = []): PDOStatement
    {
        $sql = (string) preg_replace('/\{(\w+)\}/', $this->prefix . 'comptoir_$1', $sql);
        $statement = ($this->link)()->prepare($sql);
        $statement->execute($values);

        return $statement;
    }

    /**
     * @param array<int|string, mixed> $values
     *
     * @return array<string, mixed>|null
     */
    public function row(string $sql, array $values = []): ?array
    {
        $row = $this->run($sql, $values)->fetch(PDO::FETCH_ASSOC);

        return $row === false ? null : $row;
    }

    /**
     * @param array<int|string, mixed> $values
     *
     * @return array<int, array<string, mixed>>
     */
    public function rows(string $sql, array $values = []): array
    {
        return $this->run($sql, $values)->fetchAll(PDO::FETCH_ASSOC);
    }

    /** @param array<int|string, mixed> $values */
    public function value(string $sql, array $values = []): mixed
    {
        $value = $this->run($sql, $values)->fetchColumn();

        return $value === false ? null : $value;
    }

    public function lastId(): int
    {
        return (int) ($this->link)()->lastInsertId();
    }

    /**
     * Runs the work in one transaction and returns its answer.
     *
     * When the work ends outside the transaction, a statement that commits by itself (a table altered by some other
     * module's hook) ran meanwhile: everything is stored already and there is nothing left to commit.
     */
    public function transaction(callable $work): mixed
    {
        $pdo = ($this->link)();
        $pdo->beginTransaction();
        try {
            $answer = $work();
        } catch (\Throwable $error) {
            if ($pdo->inTransaction()) {
                $pdo->rollBack();
            }
            throw $error;
        }
        if ($pdo->inTransaction()) {
            $pdo->commit();
        }

        return $answer;
    }

    /**
     * Runs the work alone among all processes of this database.
     *
     * The server frees the lock when the connection ends, so a killed holder never blocks anyone.
     *
     * @throws Busy after waiting $waitSeconds
     */
    public function alone(string $name, int $waitSeconds, callable $work): mixed
    {
        $lock = 'comptoir_' . substr(sha1($this->value('SELECT DATABASE()') . '|' . $this->prefix . '|' . $name), 0, 32);
        if ((int) $this->value('SELECT GET_LOCK(?, ?)', [$lock, $waitSeconds]) !== 1) {
            throw new Busy('Another process is working on ' . $name);
        }
        try {
            return $work();
        } finally {
            $this->value('SELECT RELEASE_LOCK(?)', [$lock]);
        }
    }
}
