import type { Page } from '@testimony/page';
import { newProduct } from '../testing/goods';
import { admin, newCustomer } from '../testing/people';
import { buy, placeOrder } from '../testing/purchases';

export const meta = {
  description: 'The sales report counts what was paid, not what was ordered, and takes refunds off',
  tags: ['reports', 'money', 'roles'],
};

export async function run(page: Page): Promise<void> {
  const customer = await newCustomer(page);
  const product = await newProduct(page, { priceCents: 1000, stock: 20 });
  await buy(page, customer, product, 2);
  const returned = await buy(page, customer, product, 3);
  await placeOrder(page, customer, product, 5);

  const { auth } = await admin(page);
  page.assertOk(await page.post(`/orders/${returned.id}/refund`, { headers: auth }));
  const query = { category: product.category };
  page.assertStatus(await page.get('/admin/reports/sales', { query, headers: customer.auth }), 403);
  const report = await page.get('/admin/reports/sales', { query, headers: auth });
  page.assertStatus(report, 200);
  page.assertJson(report, { orders: 2, unitsSold: 5, grossCents: 5000, refundedCents: 3000, netCents: 2000 });
}
