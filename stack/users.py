"""The unprivileged account that runs everything but the provisioner, and the search bits it needs.

PostgreSQL refuses to run as root, and a web process has no business being root. Where the launcher is not root, every
process simply runs as the caller.
"""

from __future__ import annotations

import os
import pwd
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

SERVICE_USER = "comptoir"


def service_user() -> pwd.struct_passwd:
    """The account of the services; made on first use when the caller is root."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    try:
        return pwd.getpwnam(SERVICE_USER)
    except KeyError:
        subprocess.run(
            ["useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent",
             "--shell", "/usr/sbin/nologin", "--user-group", SERVICE_USER],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        return pwd.getpwnam(SERVICE_USER)


def drop_to(account: pwd.struct_passwd) -> Callable[[], None] | None:
    """A preexec function that becomes `account`; None when the caller already is it."""
    if os.geteuid() == account.pw_uid:
        return None

    def become() -> None:
        os.setgroups([])
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)

    return become


def own(path: Path, account: pwd.struct_passwd, mode: int = 0o700) -> Path:
    """Makes the folder `path`, gives it to `account`; repeated calls change nothing."""
    path.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        os.chown(path, account.pw_uid, account.pw_gid)
    path.chmod(mode)
    return path


def let_through(path: Path) -> None:
    """Adds the missing search bit (o+x, nothing else) to the parents of `path`, so that the services can reach it.

    Listing stays forbidden where it was: a parent of mode 0700 becomes 0701.
    """
    if os.geteuid() != 0:
        return
    for parent in path.resolve().parents:
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            parent.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
