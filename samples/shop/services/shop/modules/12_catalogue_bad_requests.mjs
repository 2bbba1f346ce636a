export const meta = { description: 'Impossible pages, unknown filters and ids are refused in words', tags: ['catalogue', 'validation'] };

export async function run(page) {
  for (const query of [{ limit: 0 }, { limit: 101 }, { page: -1 }, { page: 'two' }, { sort: 'colour' }, { colour: 'red' }]) {
    page.assertStatus(await page.get('/products', { query }), 400);
  }
  page.assertStatus(await page.get('/products/17'), 400);
  const unknown = await page.get('/products/11111111-1111-4111-8111-111111111111');
  page.assertStatus(unknown, 404);
  page.assertJson(unknown, { message: page.expect.stringContaining('no product') });
}
