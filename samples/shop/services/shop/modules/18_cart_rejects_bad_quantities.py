"""A cart takes one to 99 pieces of a product that exists."""

import uuid

META = {"tags": ["cart", "validation"]}

SEEDED_PRODUCT = "00000000-0000-4000-8000-000000000001"


def run(page):
    customer = {"email": f"buyer-{uuid.uuid4()}@shop.example", "password": "correct horse battery"}
    page.assert_status(page.post("/auth/register", json={**customer, "name": "Robin"}), 201)
    page.login("/auth/login", json=customer)

    for quantity in (0, -1, 100, 1.5, "two", None):
        page.assert_status(page.put(f"/cart/items/{SEEDED_PRODUCT}", json={"quantity": quantity}), 400)
    page.assert_status(page.put(f"/cart/items/{uuid.uuid4()}", json={"quantity": 1}), 404)
    assert page.get("/cart").json()["items"] == []
