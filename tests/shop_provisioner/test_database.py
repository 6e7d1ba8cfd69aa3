"""A real MariaDB: each user sees one database, files are out of reach, dumps come back equal."""

from pathlib import Path

import pymysql
import pytest

from shop_provisioner import containers
from shop_provisioner.database import Server
from shop_provisioner.errors import DatabaseError

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("docker")]
SQL = """CREATE TABLE `t` (`id` int NOT NULL AUTO_INCREMENT, `text` varchar(64), PRIMARY KEY (`id`)) ENGINE=InnoDB;
INSERT INTO `t` VALUES (1,'é; "quoted" \\' -- not a comment'),(2,NULL);
CREATE TABLE `empty` (`id` int) ENGINE=InnoDB;"""


@pytest.fixture
def server(mariadb: Server) -> Server:
    return mariadb


def connect(server: Server, user: str, password: str, database: str | None = None) -> pymysql.Connection:
    return pymysql.connect(
        unix_socket=str(server.socket), user=user, password=password, database=database, local_infile=True
    )


def test_a_user_has_its_own_database_and_nothing_else(server: Server) -> None:
    server.create("b_one", "secret1")
    server.create("b_two", "secret2")
    with connect(server, "b_one", "secret1", "b_one") as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE mine (id INT)")
        cursor.execute("SHOW DATABASES")
        assert {row[0] for row in cursor.fetchall()} == {"b_one", "information_schema"}
        for forbidden in (
            "USE b_two",
            "SELECT * FROM mysql.user",
            "SELECT LOAD_FILE('/etc/passwd') INTO OUTFILE '/tmp/x'",
            "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE mine",
            "LOAD DATA INFILE '/etc/passwd' INTO TABLE mine",
            "CREATE USER x@localhost",
            "SET GLOBAL sync_frm=0",
        ):
            with pytest.raises(pymysql.MySQLError):
                cursor.execute(forbidden)
        cursor.execute("SELECT LOAD_FILE('/etc/passwd')")
        assert cursor.fetchone() == (None,)
    for user, password in (("b_one", "secret2"), ("root", ""), ("", "")):
        with pytest.raises(pymysql.MySQLError):
            connect(server, user, password)
    server.drop("b_one")
    server.drop("b_one")
    server.drop("b_two")
    assert server.databases() == set()


def test_a_text_restored_and_its_dump_loaded_have_the_same_rows(server: Server, tmp_path: Path) -> None:
    server.create("b_source", "x")
    server.restore_text("b_source", SQL)
    server.flush_definitions("b_source")
    assert server.row_counts("b_source") == {"empty": 0, "t": 2}
    with server.connect() as cursor:
        cursor.execute("SELECT @@sync_frm, @@local_infile, @@innodb_flush_log_at_trx_commit")
        assert cursor.fetchone() == (1, 0, 1)
    server.dump("b_source", tmp_path / "dump.sql")
    server.create("b_copy", "x")
    server.load("b_copy", tmp_path / "dump.sql")
    for name in ("b_source", "b_copy"):
        with server.connect(name) as cursor:
            cursor.execute("SELECT text FROM t WHERE id = 1")
            assert cursor.fetchone() == ('é; "quoted" \' -- not a comment',)
    assert server.row_counts("b_copy") == server.row_counts("b_source")
    assert list(server.exchange.iterdir()) == []
    server.drop("b_source")
    server.drop("b_copy")


def test_broken_sql_is_an_error_and_durability_comes_back(server: Server, tmp_path: Path) -> None:
    server.create("b_broken", "x")
    with pytest.raises(DatabaseError):
        server.restore_text("b_broken", SQL + "NONSENSE")
    (tmp_path / "bad.sql").write_text("NONSENSE;")
    with pytest.raises(DatabaseError, match="NONSENSE"):
        server.load("b_broken", tmp_path / "bad.sql")
    with server.connect() as cursor:
        cursor.execute("SELECT @@sync_frm")
        assert cursor.fetchone() == (1,)
    server.drop("b_broken")


def test_no_account_of_the_host_owns_the_data_and_a_killed_server_comes_back(server: Server) -> None:
    assert server.data.stat().st_uid == containers.MYSQL_UID
    assert server.data.stat().st_mode & 0o777 == 0o700
    server.create("b_kept", "x")
    server.restore_text("b_kept", SQL)
    server.flush_definitions("b_kept")
    server.docker.remove_container(server.name)
    server.ensure()
    assert server.row_counts("b_kept") == {"empty": 0, "t": 2}
    server.drop("b_kept")
