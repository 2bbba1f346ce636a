"""Only an admin refunds, and only an order that was paid."""

import os
import uuid

META = {"tags": ["orders", "roles", "security"]}

SEEDED_PRODUCT = "00000000-0000-4000-8000-000000000001"
ADMIN = {"email": "admin@shop.example", "password": os.environ.get("SHOP_ADMIN_PASSWORD", "demo-admin-password")}


def run(page):
    customer = {"email": f"buyer-{uuid.uuid4()}@shop.example", "password": "correct horse battery"}
    page.assert_status(page.post("/auth/register", json={**customer, "name": "Robin"}), 201)
    page.login("/auth/login", json=customer)
    page.assert_ok(page.put(f"/cart/items/{SEEDED_PRODUCT}", json={"quantity": 1}))
    placed = page.post("/orders", json={})
    page.assert_status(placed, 201)
    order_id = placed.json()["id"]

    page.assert_status(page.post(f"/orders/{order_id}/refund"), 403)
    page.login("/auth/login", json=ADMIN)
    page.assert_status(page.post(f"/orders/{order_id}/refund"), 409)
    page.assert_status(page.post(f"/orders/{order_id}/cancel"), 200)
