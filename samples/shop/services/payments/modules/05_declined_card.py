"""A declined payment can be neither captured nor refunded."""

import uuid

META = {"tags": ["payments"]}


def run(page):
    charge = {"amountCents": 900, "currency": "EUR", "cardToken": "tok_declined", "reference": f"test-{uuid.uuid4()}"}
    response = page.post("/payments", json=charge)
    page.assert_status(response, 201)
    payment = response.json()
    assert payment["status"] == "declined"

    page.assert_status(page.post(f"/payments/{payment['id']}/capture", json={}), 409)
    page.assert_status(page.post(f"/payments/{payment['id']}/refunds", json={"amountCents": 900}), 409)
    assert page.get(f"/payments/{payment['id']}/entries").json() == {"entries": []}
