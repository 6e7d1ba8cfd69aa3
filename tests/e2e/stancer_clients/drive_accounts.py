"""SEPA accounts (stancer-api.md 2.5 and 8)."""

from __future__ import annotations

import pytest
import stancer
from stancer.exceptions import NotFoundError

from tests.e2e.stancer_clients.objects import IBAN, Objects

IBANS = (
    "AT611904300234573201", "BE62510007547061", "CH2089144321842946678", "DE89370400440532013000", "EE382200221020145685",
    "ES0700120345030000067890", "FI2112345600000785", IBAN, "GB33BUKB20201555555555", "IE29AIBK93115212345678",
    "LT121000011101001000", "LU280019400644750000", "IT02A0301926102000000490887", "NL39RABO0300065264",
    "NO9386011117947", "PT50000201231234567890154", "SE3550000000054910000003",
)  # fmt: skip


@pytest.mark.parametrize("iban", IBANS)
def test_every_account_of_the_contract_is_taken(objects: Objects, iban: str) -> None:
    account = objects.sepa(" ".join(iban[at : at + 4] for at in range(0, len(iban), 4))).send()
    read = stancer.Sepa(account.id)
    assert account.id.startswith("sepa_")
    assert (read.bic, read.last4, read.country) == (f"TEST{iban[:2]}PP", iban[-4:], iban[:2])
    assert (read.name, read.iban, read.formatted_iban) == ("Ada Martin", None, None)


def test_an_account_can_be_renamed(objects: Objects) -> None:
    account = objects.sepa("DE89370400440532013000").send()
    account.name = "Grace Hopper"
    account.send()
    assert stancer.Sepa(account.id).name == "Grace Hopper"


def test_a_deleted_account_is_gone(objects: Objects, version: int) -> None:
    account = objects.sepa().send()
    key = account.id
    account.delete()
    with pytest.raises(NotFoundError) as refused:
        stancer.Sepa(key, name="Grace Hopper").send()
    if version == 1:
        assert account.id is None
        assert str(refused.value) == f"No such sepa {key}"
        with pytest.raises(NotFoundError, match=f"No such sepa {key}"):
            stancer.Sepa(key).populate()
    else:
        assert (account.id, str(refused.value)) == (key, f"SEPA `{key}` not found")


def test_an_account_pays(objects: Objects) -> None:
    payment = objects.payment(sepa=objects.sepa()).send()
    assert (payment.method, payment.sepa.last4, payment.card) == ("sepa", "2606", None)
    assert stancer.Payment(payment.id).sepa.id == payment.sepa.id


@pytest.mark.only(1)
def test_v1_an_account_added_later_waits(objects: Objects) -> None:
    payment = objects.payment().send()
    payment.sepa = objects.sepa()
    payment.send()
    assert (payment.method, payment.status) == ("sepa", None)
