"""The edge's configuration: TLS for every name from a local authority, routes decided by files.

There is no route per boutique and no admin API in use: the provisioner places a folder per domain under `hosts/`, and the
edge looks there for each request. A hundred thousand boutiques are the same five lines, a killed edge has nothing
to restore, and a boutique is switched by one rename. `app` in that folder links to the boutique's run folder, which holds the
Unix socket of its web server; the path is relative because Unix socket paths end at 107 bytes.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from stack.state import BASE_DOMAIN, State
from stack.users import own, service_user

PAGES = Path(__file__).parent / "pages"

# How the module's webhook looks from outside: it stays reachable while a boutique is suspended, because
# refunds and disputes of its orders go on.
WEBHOOK_PATH = "/module/comptoir/webhook"

_TEMPLATE = """\
{{
	admin off
	persist_config off
	storage file_system {storage}
	skip_install_trust
	local_certs
	auto_https disable_redirects
	http_port {http}
	https_port {https}
	grace_period 2s
	pki {{
		ca local {{
			name "Comptoir local authority"
			root_cn "Comptoir local root"
			intermediate_cn "Comptoir local intermediate"
		}}
	}}
	on_demand_tls {{
		ask http://127.0.0.1:{ask}/
	}}
	log default {{
		output stderr
		level WARN
	}}
}}

# May a certificate be made for this name? Only for a domain the provisioner has placed.
http://127.0.0.1:{ask} {{
	bind 127.0.0.1
	respond /health 200
	root * {hosts}
	@placed {{
		expression `{{query.domain}}.matches("^[a-z0-9-]+([.][a-z0-9-]+)+$")`
		file {{
			try_files /{{query.domain}}/
		}}
	}}
	respond @placed 200
	respond 404
}}

http:// {{
	bind {address}
	redir https://{{host}}:{https}{{uri}} 308
}}

(listen) {{
	bind {address} unix/{edge_socket}|0222
	tls internal
	encode zstd gzip
	header Strict-Transport-Security "max-age=31536000"
}}

{platform_sites}

# Terminals call the acquirer host, not this edge; naming the site makes the certificate it shows them.
https://terminal.{base}:{https} {{
	import listen
	respond "Terminals call by ISO 8583." 404
}}

https:// {{
	bind {address} unix/{edge_socket}|0222
	tls internal {{
		on_demand
	}}
	root * {hosts}
	@suspended {{
		not path {webhook}
		file /{{host}}/suspended
	}}
	handle @suspended {{
		error 503
	}}
	@running file /{{host}}/running
	handle @running {{
		encode zstd gzip
		reverse_proxy unix/hosts/{{http.request.host}}/app/web.sock {{
			lb_try_duration 3s
			lb_try_interval 100ms
		}}
	}}
	handle {{
		error 404
	}}
	handle_errors 502 503 504 {{
		header Retry-After 120
		header Cache-Control no-store
		root * {pages}
		@asleep file {{
			root {hosts}
			try_files /{{host}}/suspended
		}}
		handle @asleep {{
			rewrite * /suspended.html
			file_server {{
				status 503
			}}
		}}
		handle {{
			rewrite * /unavailable.html
			file_server {{
				status 503
			}}
		}}
	}}
	handle_errors 404 {{
		header Cache-Control no-store
		root * {pages}
		rewrite * /unknown.html
		file_server {{
			status 404
		}}
	}}
}}
"""

_SITE = """\
https://{name} {{
	import listen
	reverse_proxy {upstream} {{
		lb_try_duration 5s
		lb_try_interval 100ms
	}}
}}
"""


def platform_names() -> dict[str, str]:
    """Which inner listener answers for which name of the platform."""
    return {
        f"portal.{BASE_DOMAIN}": "portal",
        f"api.{BASE_DOMAIN}": "core",
        f"payment.{BASE_DOMAIN}": "core",
        f"3ds.{BASE_DOMAIN}": "core",
        f"mail.{BASE_DOMAIN}": "inbox",
    }


def loopback(state: State) -> dict[str, str]:
    """Where the inner listeners are when all processes share one loopback interface."""
    return {listener: f"127.0.0.1:{state.listener(listener)}" for listener in set(platform_names().values())}


def caddyfile(state: State, pages: str, upstreams: Mapping[str, str] | None = None, address: str = "127.0.0.1") -> str:
    """The edge's whole configuration. `pages` is the folder of the pages for suspended, missing and resting boutiques.

    `upstreams` gives each inner listener's host and port, `address` what is listened on; another than loopback's only
    inside a container, whose ports are then published there.
    """
    upstreams = upstreams or loopback(state)
    sites = [
        _SITE.format(name=f"{name}:{state.port}", upstream=upstreams[listener])
        for name, listener in platform_names().items()
    ]
    return _TEMPLATE.format(
        storage=state.edge / "storage",
        hosts=state.hosts,
        http=state.port + 1,
        https=state.port,
        ask=state.listener("ask"),
        address=address,
        edge_socket=state.edge_socket,
        platform_sites="\n".join(sites),
        base=BASE_DOMAIN,
        pages=pages,
        webhook=WEBHOOK_PATH,
    )


def place(state: State, upstreams: Mapping[str, str] | None = None, address: str = "127.0.0.1") -> None:
    """Writes the configuration and copies the pages to where the edge's account reads them."""
    pages = own(state.edge / "pages", service_user(), 0o755)
    for page in PAGES.glob("*.html"):
        shutil.copy(page, pages / page.name)
    (state.edge / "Caddyfile").write_text(caddyfile(state, str(pages), upstreams, address))
