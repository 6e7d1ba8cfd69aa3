"""What the containers need before their first start: roles, databases and the bundle of authorities. Run once at each `up`."""

from __future__ import annotations

import json
import os
from pathlib import Path

from stack import authority, databases


def main() -> None:
    """Reads the `PREPARE_` variables; what is there already is left or made the same again."""
    folder = Path(os.environ["PREPARE_AUTHORITY"])
    authority.hand_out(Path(os.environ["PREPARE_ROOT_CERTIFICATE"]), folder / "ca-bundle.pem", folder / "ca.pem")
    databases.prepare(os.environ["PREPARE_DATABASE_URL"], json.loads(os.environ["PREPARE_ROLES"]))


if __name__ == "__main__":
    main()
