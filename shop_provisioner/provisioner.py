"""One provisioner: settings, database, engine, MariaDB, platform, clock. Made once per process and passed along."""

import contextlib
import shutil
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from shop_provisioner import db, http_socket, images, template
from shop_provisioner.boutique import Names, mariadb_root_password
from shop_provisioner.clock import Clock, utc_now
from shop_provisioner.config import Settings
from shop_provisioner.database import Server
from shop_provisioner.db.models import Boutique
from shop_provisioner.docker_host import DockerHost
from shop_provisioner.errors import ProvisionerError, ReleaseError
from shop_provisioner.payments_client import PaymentsClient
from shop_provisioner.template import Template


@dataclass
class Provisioner:
    """``after_step`` is called with the name of each finished step; tests make it fail to prove that any can be last."""

    settings: Settings
    engine: Engine
    sessions: sessionmaker[Session]
    docker: DockerHost
    server: Server
    payments: PaymentsClient
    clock: Clock = utc_now
    after_step: Callable[[str], None] = lambda name: None
    _templates: dict[str, Template] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _tls: ssl.SSLContext | None = None

    @property
    def now(self) -> datetime:
        return self.clock()

    def names(self, boutique_id: str) -> Names:
        return Names(self.settings, boutique_id)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A transaction: committed at the end, rolled back by an exception."""
        with self.sessions.begin() as session:
            yield session

    def load(self, boutique_id: str) -> Boutique:
        """A detached copy of a row."""
        with self.session() as session:
            return session.get_one(Boutique, boutique_id)

    def update(self, boutique_id: str, **values: object) -> None:
        with self.session() as session:
            row = session.get_one(Boutique, boutique_id)
            for name, value in values.items():
                setattr(row, name, value)

    # Template

    def current_template(self) -> Template:
        """The template new boutiques are made from, placed in the state folder. Raises ReleaseError."""
        with self._lock:
            found = template.find(self.settings)
            return self._placed(found)

    def template(self, digest: str) -> Template:
        """The template an existing boutique was made from. Raises ReleaseError."""
        with self._lock:
            if digest in self._templates:
                return self._templates[digest]
            for shelf in (self.settings.state_dir / "templates", self.settings.cache_dir / "templates"):
                found = template.load(shelf / digest)
                if found:
                    return self._placed(found)
        raise ReleaseError(what="template", digest=digest, how="bin/comptoir template build")

    def _placed(self, found: Template) -> Template:
        if found.digest not in self._templates:
            self._templates[found.digest] = template.place(found, self.settings.state_dir)
        return self._templates[found.digest]

    def forget_templates(self, used: set[str]) -> None:
        """Removes placed templates that no boutique stands on, but the current one."""
        with self._lock:
            with contextlib.suppress(ReleaseError):
                used = used | {template.find(self.settings).digest}
            for path in (self.settings.state_dir / "templates").glob("*"):
                if path.name not in used and not path.name.startswith("."):
                    self._templates.pop(path.name, None)
                    shutil.rmtree(path, ignore_errors=True)

    def boutique_image(self) -> str:
        return images.boutique_image(self.settings)

    # HTTP

    def edge_browser(self, host: str) -> http_socket.Browser:
        """A visitor of a boutique, through the edge, who checks the certificate."""
        if self._tls is None:
            self._tls = http_socket.trusting(self.settings.ca_bundle)
        return http_socket.Browser(self.settings.edge_socket, host, self._tls, timeout_seconds=30)


def connect(settings: Settings, clock: Clock = utc_now) -> Provisioner:
    """The provisioner of a process. Raises EngineError where no engine answers."""
    engine = db.make_engine(settings.database_url)
    docker = DockerHost(settings.instance)
    server = Server(
        docker=docker,
        name=f"comptoir-{settings.instance}-mariadb",
        image=images.mariadb_image(settings),
        data=settings.state_dir / "mariadb",
        sockets=settings.run_dir / "mariadb",
        exchange=settings.state_dir / "mariadb-exchange",
        root_password=mariadb_root_password(settings),
    )
    return Provisioner(settings, engine, db.make_sessions(engine), docker, server, PaymentsClient(settings), clock)


def missing(provisioner: Provisioner) -> tuple[Template | None, ProvisionerError | None]:
    """The template, or why there is none."""
    try:
        return provisioner.current_template(), None
    except ReleaseError as error:
        return None, error
