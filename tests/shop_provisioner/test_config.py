"""Settings: all that is missing is named at once, and what cannot work is refused before anything starts."""

from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from shop_provisioner import config
from shop_provisioner.boutique import Names, admin_password, admin_url, url, webhook_url
from shop_provisioner.config import PREFIX, Settings
from shop_provisioner.errors import ConfigError


def environment(**changes: str) -> dict[str, str]:
    names = [f.name.upper() for f in fields(Settings) if f.default is MISSING and f.default_factory is MISSING]
    paths = ("STATE_DIR", "RUN_DIR", "EDGE_HOSTS_DIR", "CA_BUNDLE")
    values = dict.fromkeys(names, "x") | {name: f"/srv/{name.lower()}" for name in paths}
    values |= {"EDGE_SOCKET": "/srv/edge/edge.sock", "MAIL_SOCKET": "/srv/mail/smtp.sock"}
    return {PREFIX + name: value for name, value in (values | changes).items()}


def test_every_missing_setting_is_named_in_one_error() -> None:
    given = environment()
    del given["PROVISIONER_SECRET_KEY"], given["PROVISIONER_STATE_DIR"]
    with pytest.raises(ConfigError) as caught:
        config.load(given)
    assert caught.value.params["missing"] == ["PROVISIONER_SECRET_KEY", "PROVISIONER_STATE_DIR"]


def test_values_have_their_types_and_empty_ones_their_defaults() -> None:
    settings = config.load(environment(BOUTIQUES_PORT="8443", POOL_SIZE="", BOUTIQUE_CPUS="1.5"))
    assert (settings.boutiques_port, settings.pool_size, settings.boutique_cpus) == (8443, 1, 1.5)
    assert settings.state_dir == Path("/srv/state_dir")


@pytest.mark.parametrize(
    "changes",
    [
        {"RUN_DIR": "/" + "r" * 90},
        {"STATE_DIR": "/srv/a,b"},
        {"STATE_DIR": "/srv/a:b"},
        {"RUN_DIR": "/srv/run", "EDGE_SOCKET": "/srv/run/edge.sock"},
        {"RUN_DIR": "/srv/run", "MAIL_SOCKET": "/srv/run/mail.sock"},
    ],
)
def test_paths_that_sockets_or_mounts_cannot_hold_are_refused(changes: dict[str, str]) -> None:
    with pytest.raises(ConfigError):
        config.load(environment(**changes))


def test_images_and_templates_need_no_settings_at_all() -> None:
    assert config.load_build({}).cache_dir.name == "comptoir"


def test_names_derive_from_the_id_and_addresses_carry_an_unusual_port(settings: Settings) -> None:
    names = Names(settings, "btq_" + "A" * 24)
    assert names.container == "comptoir-0123abcd-btq_" + "A" * 24
    assert names.database != Names(settings, "btq_" + "a" * 24).database
    assert len(str(names.socket)) - len(str(settings.run_dir)) == config.SOCKET_IN_RUN_DIR
    assert url(settings, "a.localhost") == "https://a.localhost:8443/"
    assert admin_url(settings, "a.localhost") == "https://a.localhost:8443/gestion/"
    assert webhook_url(settings, "a.localhost") == "https://a.localhost:8443/module/comptoir/webhook"


def test_the_first_password_is_derived_again_but_never_the_same_for_two_rows(settings: Settings) -> None:
    first = admin_password(settings, "btq_x", "nonce")
    assert first == admin_password(settings, "btq_x", "nonce")
    assert len({first, admin_password(settings, "btq_x", "other"), admin_password(settings, "btq_y", "nonce")}) == 3
    assert len(first) == 23
    assert not set(first) & set("lo01")
