"""The WSGI application: `granian --interface wsgi merchant_portal.wsgi:app`."""

from __future__ import annotations

import os

from merchant_portal.application import create_app
from merchant_portal.config import Config

app = create_app(Config.from_environment(os.environ))
