"""Archives: a deleted boutique's dump and files, proven by a scratch restore before anything is removed.

``<state>/archives/<id>/`` holds ``dump.sql.gz``, ``files.tar.gz`` (the overlay's upper folder, whiteouts and opaque marks included)
and ``manifest.json`` with sizes, SHA-256 and rows per table.
"""

import gzip
import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from shop_provisioner import boutique
from shop_provisioner.db.models import Boutique
from shop_provisioner.errors import ArchiveError
from shop_provisioner.provisioner import Provisioner

DUMP, FILES, MANIFEST = "dump.sql.gz", "files.tar.gz", "manifest.json"
SCRATCH_PREFIX = "scratch_"
# The overlay's own attributes: without them a deleted folder of the template would come back.
_TAR = ("tar", "--xattrs", "--xattrs-include=trusted.overlay.*", "--numeric-owner")


def pack(p: Provisioner, boutique_id: str) -> None:
    """Writes the archive aside, proves it and renames it into place. A verified one is left alone.

    Raises ArchiveError, DatabaseError.
    """
    row, names = p.load(boutique_id), p.names(boutique_id)
    if row.archived or not row.database_ready:
        return
    p.server.ensure()
    work = names.archive.with_name(f".new-{boutique_id}")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True, mode=0o700)
    rows = p.server.row_counts(names.database)
    p.server.dump(names.database, work / "dump.sql")
    _gzip(work / "dump.sql", work / DUMP)
    if names.upper.is_dir():
        _run([*_TAR, "-C", str(names.folder), "-czf", str(work / FILES), "upper"])
    manifest = _manifest(p, row, work, rows)
    (work / MANIFEST).write_text(json.dumps(manifest, indent=1))
    verify(p, work, f"{SCRATCH_PREFIX}{names.database}")
    shutil.rmtree(names.archive, ignore_errors=True)
    work.rename(names.archive)
    p.update(boutique_id, archived=True)


def _manifest(p: Provisioner, row: Boutique, work: Path, rows: dict[str, int]) -> dict[str, Any]:
    parts = {path.name: {"bytes": path.stat().st_size, "sha256": _sha256(path)} for path in sorted(work.glob("*.gz"))}
    return {
        "boutique_id": row.id,
        "merchant_id": row.merchant_id,
        "domain": row.domain,
        "template": row.template,
        "prestashop_version": row.prestashop_version,
        "archived_at": p.now.isoformat(),
        "parts": parts,
        "rows": rows,
    }


def check(folder: Path) -> dict[str, Any]:
    """The manifest, when every part is as it says. Raises ArchiveError."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
        for name, part in manifest["parts"].items():
            if (folder / name).stat().st_size != part["bytes"] or _sha256(folder / name) != part["sha256"]:
                raise ArchiveError(reason="altered", part=name)
    except (OSError, ValueError, KeyError) as error:
        raise ArchiveError(reason="incomplete", detail=str(error)[:200]) from error
    return manifest


def verify(p: Provisioner, folder: Path, scratch: str) -> None:
    """Restores the dump into a scratch database and the files' list, and compares. Raises ArchiveError."""
    manifest = check(folder)
    try:
        _load(p, folder, scratch, "scratch-" + scratch)
        rows = p.server.row_counts(scratch)
    finally:
        p.server.drop(scratch)
    if rows != manifest["rows"]:
        wrong = sorted(t for t in rows.keys() | manifest["rows"].keys() if rows.get(t) != manifest["rows"].get(t))
        raise ArchiveError(reason="rows_differ", tables=wrong[:20])
    if FILES in manifest["parts"]:
        _run([*_TAR, "-tzf", str(folder / FILES)])


def restore_database(p: Provisioner, boutique_id: str) -> None:
    """The database with its user, from the archive, with the row counts of its manifest. Raises ArchiveError."""
    p.server.ensure()
    row, names = p.load(boutique_id), p.names(boutique_id)
    if row.database_ready:
        return
    manifest = check(names.archive)
    _load(p, names.archive, names.database, boutique.database_password(p.settings, boutique_id))
    if p.server.row_counts(names.database) != manifest["rows"]:
        raise ArchiveError(reason="rows_differ")
    p.update(boutique_id, database_ready=True, durable=False)


def restore_files(p: Provisioner, boutique_id: str) -> None:
    """The overlay's upper folder, from the archive. The folder must not be mounted."""
    row, names = p.load(boutique_id), p.names(boutique_id)
    if row.files_ready:
        return
    check(names.archive)
    for folder in (names.upper, names.work):
        shutil.rmtree(folder, ignore_errors=True)
    names.work.mkdir()
    _run([*_TAR, "--same-owner", "-p", "-C", str(names.folder), "-xzf", str(names.archive / FILES)])
    p.update(boutique_id, files_ready=True)


def _load(p: Provisioner, folder: Path, database: str, password: str) -> None:
    p.server.create(database, password)
    plain = folder / ".load.sql"
    try:
        with gzip.open(folder / DUMP, "rb") as packed, plain.open("wb") as target:
            shutil.copyfileobj(packed, target, 1 << 20)
        p.server.load(database, plain)
    finally:
        plain.unlink(missing_ok=True)


def remove(p: Provisioner, boutique_id: str) -> None:
    """Forgets the archive and whatever a broken one left."""
    names = p.names(boutique_id)
    for folder in (names.archive, names.archive.with_name(f".new-{boutique_id}")):
        shutil.rmtree(folder, ignore_errors=True)


def _gzip(source: Path, target: Path) -> None:
    with source.open("rb") as plain, gzip.open(target, "wb", compresslevel=5) as packed:
        shutil.copyfileobj(plain, packed, 1 << 20)
    source.unlink()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _run(command: list[str]) -> None:
    result = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    if result.returncode != 0:
        raise ArchiveError(reason="tar", detail=result.stderr.decode(errors="replace")[-300:])
