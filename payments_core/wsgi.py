"""The WSGI applications: `public` behind the edge, `platform` on its own listener. Made when first named, not at import."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

from payments_core import create_app
from payments_core.config import Config

if TYPE_CHECKING:
    from flask import Flask

_DOORS = ("public", "platform")


@cache
def __getattr__(name: str) -> Flask:
    if name not in _DOORS:
        raise AttributeError(name)
    return create_app(Config.from_environment(os.environ), doors=(name,))
