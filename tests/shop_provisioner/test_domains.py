"""Names of boutiques: the table of rules, and what holds for any text."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shop_provisioner import domains
from shop_provisioner.domains import DomainError, normalise, normalise_own


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("chez-lea", "chez-lea.localhost"),
        ("  Chez-Lea ", "chez-lea.localhost"),
        ("chez-lea.localhost", "chez-lea.localhost"),
        ("CHEZ-LEA.LOCALHOST", "chez-lea.localhost"),
        ("chez-léa", "xn--chez-la-gya.localhost"),
        ("chez-le\u0301a", "xn--chez-la-gya.localhost"),
        ("xn--chez-la-gya", "xn--chez-la-gya.localhost"),
        ("straße", "xn--strae-oqa.localhost"),
        ("123", "123.localhost"),
        ("țară", "xn--ar-kla13i.localhost"),
        ("a" * 63, "a" * 63 + ".localhost"),
    ],
)
def test_a_usable_name_becomes_one_ascii_host_name(name: str, domain: str) -> None:
    assert normalise(name, "localhost") == domain


@pytest.mark.parametrize(
    ("name", "code", "reason"),
    [
        ("", "domain_malformed", "empty"),
        ("   ", "domain_malformed", "empty"),
        ("ab", "domain_malformed", "too_short"),
        ("a" * 64, "domain_malformed", "too_long"),
        ("é" * 62, "domain_malformed", "too_long"),
        ("a b c", "domain_malformed", "characters"),
        ("a_b_c", "domain_malformed", "characters"),
        ("a/../b", "domain_malformed", "one_label"),
        ("a%00b", "domain_malformed", "characters"),
        ("abc\0def", "domain_malformed", "characters"),
        ("-abc", "domain_malformed", "hyphens"),
        ("abc-", "domain_malformed", "hyphens"),
        ("ab--cd", "domain_malformed", "hyphens"),
        ("xn--", "domain_malformed", "characters"),
        ("xn--zzzzzzzzzz", "domain_malformed", "script"),
        ("a.b", "domain_malformed", "one_label"),
        ("shop.example.com", "domain_malformed", "one_label"),
        ("раypal", "domain_malformed", "script"),  # Cyrillic р and а
        ("χαρά", "domain_malformed", "script"),
        ("店铺店铺", "domain_malformed", "script"),
        ("ɡɡɡ", "domain_malformed", "script"),  # phonetic g
        ("😀😀😀", "domain_malformed", "characters"),
    ],
)
def test_a_malformed_name_is_refused_with_its_reason(name: str, code: str, reason: str) -> None:
    with pytest.raises(DomainError) as caught:
        normalise(name, "localhost")
    assert (caught.value.code, caught.value.params["reason"]) == (code, reason)


@pytest.mark.parametrize(
    "name", ["portal", "API", "payment", "3ds", "mail", "www", "admin", "pórtal", "p0rtal", "adm1n", "por-tal", "rnail"]
)
def test_names_of_the_platform_and_their_look_alikes_are_reserved(name: str) -> None:
    with pytest.raises(DomainError) as caught:
        normalise(name, "localhost")
    assert caught.value.code == "domain_reserved"


def test_a_host_name_fits_in_the_path_of_the_edges_socket() -> None:
    base = "boutiques." + "x" * 50 + ".example"
    assert normalise("abc", base)
    with pytest.raises(DomainError, match="too_long"):
        normalise("abcdefghijklmnop", base)


@pytest.mark.parametrize("name", ["chez-lea.fr", "www.Chez-Léa.fr", "chez-lea.fr.", "a.b.c.example.org"])
def test_an_own_domain_is_accepted_by_its_syntax(name: str) -> None:
    assert normalise_own(name, "boutiques.example").isascii()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("chez-lea", "not_public"),
        ("chez-lea.local", "not_public"),
        ("1.2.3.4", "address"),
        ("[::1]", "address"),
        ("10.2", "not_public"),
        ("x.boutiques.example", "platform_domain"),
        ("boutiques.example", "platform_domain"),
        ("a..fr", "empty_label"),
        (".fr", "empty_label"),
        ("а.fr", "script"),
        (".".join(["abcdefghij"] * 8), "too_long"),
    ],
)
def test_what_cannot_be_an_own_domain_is_refused(name: str, reason: str) -> None:
    with pytest.raises(DomainError) as caught:
        normalise_own(name, "boutiques.example")
    assert caught.value.params["reason"] == reason


@given(st.text(max_size=90))
@example("ﬃ.localhost")
@example("İstanbul")
def test_any_text_gives_a_safe_host_name_or_a_domain_error(name: str) -> None:
    for rule in (normalise, normalise_own):
        try:
            domain = rule(name, "localhost")
        except DomainError:
            continue
        assert len(domain) <= domains.MAX_LENGTH
        assert set(domain) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
        assert all(label and not label.startswith("-") and not label.endswith("-") for label in domain.split("."))
        assert rule(domain, "localhost") == domain
