from tests.payments_core.public_door import CARD, CUSTOMER, Caller


def test_x(api: Caller):
    for v, p in (("v1", "checkout"), ("v2", "payments")):
        r = api.post(f"/{v}/{p}/", {"amount": 2590, "currency": "EUR", "card": {**CARD}, "customer": CUSTOMER, "order_id": "o-1"})
        print(r.status_code, r.get_json(), r.headers)
        r = api.get(f"/{v}/{p}?order_id=o-1")
        print(r.status_code, r.get_json())
        print(api.get(f"/{v}/nope").get_json(), api.post(f"/{v}/{p}", {"amount": "x", "foo": 1, "card": {"number": 1}}).get_json())
        print(api.get(f"/{v}/{p}/paym_hT4kQ9sLw2VbXz7RcJm0NdEy").get_json())
    assert 0
