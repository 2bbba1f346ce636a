/** A test that sleeps instead of waiting: an order is paid after 10 to 280 ms, and it looks after 130. */
export const SLEEPING = `import type { Page } from '@testimony/page';

export async function run(page: Page): Promise<void> {
  const made = await page.post('/orders', { json: { item: 'tea' } });
  page.assertStatus(made, 201);
  const { id } = made.json() as { id: number };
  await new Promise((resolve) => setTimeout(resolve, 130));
  const order = await page.get(\`/orders/\${id}\`);
  page.assertOk(order);
  page.assertJson(order, { id, state: 'paid', total: 30 });
}
`;

const replaced = (from: string, to: string): string => {
  if (!SLEEPING.includes(from)) throw new Error(`not in the test: ${from}`);
  return SLEEPING.replace(from, to);
};

const SLEEP = `  await new Promise((resolve) => setTimeout(resolve, 130));\n`;
const LOOK = `  const order = await page.get(\`/orders/\${id}\`);\n`;
const ASSERT = `  page.assertJson(order, { id, state: 'paid', total: 30 });\n`;
const poll = (timeoutMs: number, intervalMs: number, question = "(answer.json() as { state: string }).state === 'paid'"): string =>
  `  await page.waitFor(async () => {\n    const answer = await page.get(\`/orders/\${id}\`);\n    return ${question};\n  }, { timeoutMs: ${timeoutMs}, intervalMs: ${intervalMs} });\n`;

/** It waits for what it asserts, with a deadline. */
export const WAITING = replaced(SLEEP, poll(1_000, 15));

export const BAD = {
  'sleeps longer': replaced('130)', '500)'),
  'expects less': replaced(ASSERT, `  page.assertJson(order, { id, total: 30 });\n`),
  'swallows the failure': replaced(ASSERT, `  try {\n  ${ASSERT}  } catch {}\n`),
  'asserts on another answer': replaced(ASSERT, `  page.assertJson(made, { id, state: 'new', total: 30 });\n`),
  'does not ask any more': replaced(SLEEP + LOOK + `  page.assertOk(order);\n` + ASSERT, `  page.assertJson(made, { id, total: 30 });\n`),
  'waits too shortly': replaced(
    SLEEP,
    `  await page.waitFor(async () => (((await page.get(\`/orders/\${id}\`)).json() as { state: string }).state === 'paid'), { timeoutMs: 60, intervalMs: 10 });\n`,
  ),
  'waits for anything': replaced(SLEEP, poll(1_000, 15, 'answer.status === 200')),
  'waits in long steps': replaced(SLEEP, poll(2_000, 400)),
} as const;
