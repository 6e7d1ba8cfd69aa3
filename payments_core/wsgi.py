"""The WSGI applications: `public` behind the edge, `platform` on its own listener. Made when first named, not at import."""

from __future__ import annotations

import gc
import os
from functools import cache
from typing import TYPE_CHECKING

from payments_core import create_app
from payments_core.api.sales_lane import SalesLane
from payments_core.config import Config

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_DOORS = ("public", "platform")


@cache
def __getattr__(name: str) -> WSGIApplication:
    if name not in _DOORS:
        raise AttributeError(name)
    app = create_app(Config.from_environment(os.environ), doors=(name,))
    # All of it stays: the collector would go through it again every few seconds, and everybody wait 150 ms for that.
    gc.collect()
    gc.freeze()
    return SalesLane(app) if name == "public" else app
