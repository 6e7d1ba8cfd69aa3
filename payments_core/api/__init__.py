"""The wire API that merchants' own code and the public clients speak: v1 and v2 on the API host.

`register` mounts both versions. Each resource has one file of views and one of schemas; the same view often serves both versions,
and `versions.version()` says which one is being answered.
"""

from __future__ import annotations

from flask import Flask

from payments_core.api import http, idempotency, rate_limit
from payments_core.api.access import let_in
from payments_core.api.problems import answer_domain_error
from payments_core.api.versions import v1, v2
from payments_core.errors import PaymentsError


def register(app: Flask) -> None:
    """Mounts /v1 and /v2, and gives every answer of the public door its request id and JSON errors."""
    from payments_core.api import (  # noqa: F401  imported for the routes they declare
        addresses,
        cards,
        customers,
        disputes,
        events,
        evidence,
        mandates,
        payment_intents,
        payment_links,
        payments,
        payouts,
        ping,
        refunds,
        sepa,
        sepa_checks,
        subscriptions,
        test_helpers,
        webhooks,
    )

    app.url_map.strict_slashes = False  # both /x and /x/ are answered: a redirect would turn a POST into a GET
    app.url_map.merge_slashes = False
    for blueprint in (v1, v2):
        app.register_blueprint(blueprint)
    http.install(app)


for _blueprint in (v1, v2):
    _blueprint.before_request(let_in)
    _blueprint.before_request(idempotency.take)
    _blueprint.after_request(idempotency.keep)
    _blueprint.after_request(rate_limit.tell)
    _blueprint.register_error_handler(PaymentsError, answer_domain_error)
