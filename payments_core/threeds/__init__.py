"""The simulated issuer: the page of the payer's bank in a 3-D Secure challenge, on its own host.

It is the only place where a challenge is answered, as an issuer's access control server would be; everything it does is one call to
authentication.py, so a real 3-D Secure server can take its place.
"""

from __future__ import annotations

from flask import Flask

from payments_core.threeds.views import bp


def register(app: Flask) -> None:
    """Mounts the issuer's page on the 3-D Secure host."""
    app.register_blueprint(bp)
