import { charge } from '../testing/charges';

export const meta = { description: 'Without the right API key nothing is shown and nothing is charged', tags: ['security', 'auth'] };

export async function run(page) {
  const json = charge();
  const headers = { 'x-api-key': 'guessed' };
  const refused = await page.post('/payments', { json, headers });
  page.assertStatus(refused, 401);
  page.assertHeader(refused, 'content-type', /problem\+json/);
  page.assertStatus(await page.get('/payments', { query: { reference: json.reference }, headers }), 401);
  page.assertJson(await page.get('/payments', { query: { reference: json.reference } }), { items: [] });
}
