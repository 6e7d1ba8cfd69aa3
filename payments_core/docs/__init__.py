"""The documentation on the API host: the OpenAPI document and pages to read, without a key.

Everything is made from what the application really does: its routes, schemas, tables and error codes. The programs that are shown
are run by the tests.
"""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Mounts /openapi.json and /docs. After the API, whose routes they describe."""
    from payments_core.docs.views import bp

    app.register_blueprint(bp)
