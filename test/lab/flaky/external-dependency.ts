import type { Behaviour } from '../service/behaviour';
import { EXPECT, list, own, ownPy, inSpacePy, PY, SCRIPT, type FlakyShape, type Lookalike, type ShapeContext } from './shape';

// The partner's address comes from the environment, as it does where a test may be pointed elsewhere; its default is out in the internet.
const HOST = `const RATES = process.env.RATES_URL ?? 'https://api.exchange-rates.example.com';`;
const repeat = [{ kind: 'repeat' }, { kind: 'latency', latencyMs: 50 }] as const;
const unavailable = (c: ShapeContext): Behaviour => ({ unavailable: c.rate, read: { kind: 'even', from: 1, to: 8 } });
const fixedRate = (c: ShapeContext) => `${own(c)}
const rate = 1.25;
const made = (await page.post(\`${list(c)}\`, { json: { name: 'converted', ${c.r.amount}: 100 * rate } })).json();
expect(made.${c.r.amount}).toBe(100 * rate); //@assert
expect(made.${c.r.amount}).toBe(125); //@assert`;

const useRate = (c: ShapeContext) => `
const made = (await page.post(\`${list(c)}\`, { json: { name: 'converted', ${c.r.amount}: 100 * rate } })).json();
expect(made.${c.r.amount}).toBe(100 * rate); //@assert`;

export const EXTERNALS: readonly FlakyShape[] = [
  {
    name: 'fetch-partner',
    pattern: 'external_dependency',
    set: 'both',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        imports: EXPECT,
        prelude: HOST,
        body: `${own(c)}
const { rate } = await (await fetch(\`\${RATES}/latest/${c.region}\`)).json(); //@flaw${useRate(c)}`,
      },
      good: { imports: EXPECT, body: fixedRate(c) },
      partnerBehaviour: unavailable(c),
      circumstances: repeat,
    }),
  },
  {
    name: 'page-to-partner',
    pattern: 'external_dependency',
    set: 'tuning',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        imports: EXPECT,
        prelude: HOST,
        body: `${own(c)}
const answer = await page.get(\`\${RATES}/latest/${c.region}\`); //@flaw
page.assertOk(answer); //@assert
const { rate } = answer.json();${useRate(c)}`,
      },
      good: { imports: EXPECT, body: fixedRate(c) },
      partnerBehaviour: { reset: c.rate },
      circumstances: repeat,
    }),
  },
  {
    name: 'partner-in-helper',
    pattern: 'external_dependency',
    set: 'tuning',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        imports: { ...EXPECT, './_rates': ['currentRate'] },
        body: `${own(c)}
const rate = await currentRate('${c.region}'); //@flaw${useRate(c)}`,
      },
      good: { imports: EXPECT, body: fixedRate(c) },
      files: {
        _rates: `${HOST}

export async function currentRate(region) {
  const answer = await fetch(\`\${RATES}/latest/\${region}\`);
  const { rate } = await answer.json();
  return rate;
}
`,
      },
      partnerBehaviour: unavailable(c),
      circumstances: repeat,
    }),
  },
  {
    name: 'drifting-value',
    pattern: 'external_dependency',
    set: 'tuning',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        imports: EXPECT,
        prelude: HOST,
        body: `${own(c)}
const quoted = await fetch(\`\${RATES}/latest/${c.region}\`).then((answer) => answer.json()); //@flaw
const made = await page.post(\`${list(c)}\`, { json: { name: 'abroad', ${c.r.amount}: Math.round(quoted.rate * 200) } });
expect(made.json().${c.r.amount}).toBe(250); //@assert`,
      },
      good: {
        imports: EXPECT,
        body: `${own(c)}
const quoted = { base: 'EUR', rate: 1.25 };
const made = await page.post(\`${list(c)}\`, { json: { name: 'abroad', ${c.r.amount}: Math.round(quoted.rate * 200) } });
expect(made.json().${c.r.amount}).toBe(250); //@assert`,
      },
      partnerBehaviour: { drift: c.rate },
      circumstances: [{ kind: 'repeat' }],
    }),
  },
  {
    name: 'urlopen',
    pattern: 'external_dependency',
    set: 'both',
    languages: PY,
    write: (c) => {
      const rest = `
made = page.post(f"${inSpacePy(c)}/${c.r.many}", json={"name": "converted", "${c.r.amount}": 100 * rate}).json()
assert made["${c.r.amount}"] == 100 * rate #@assert`;
      return {
        parts: {
          imports: { json: [], os: [], 'urllib.request': [] },
          prelude: `RATES = os.environ.get("RATES_URL", "https://api.exchange-rates.example.com")`,
          body: `${ownPy(c)}
with urllib.request.urlopen(f"{RATES}/latest/${c.region}", timeout=5) as answer: #@flaw
    rate = json.load(answer)["rate"]${rest}`,
        },
        good: { body: `${ownPy(c)}\nrate = 1.25${rest}` },
        partnerBehaviour: unavailable(c),
        rewritten: true,
        circumstances: repeat,
      };
    },
  },
  {
    name: 'node-http',
    pattern: 'external_dependency',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        imports: { ...EXPECT, 'node:http': ['get'] },
        prelude: `const partner = new URL(process.env.RATES_URL ?? 'http://rates.partner.example.org');

function fromPartner(path) {
  return new Promise((resolve, reject) => {
    get(new URL(path, partner), { agent: false }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => { text += chunk; });
      answer.on('end', () => resolve(JSON.parse(text)));
      answer.on('error', reject);
    }).on('error', reject);
  });
}`,
        body: `${own(c)}
const { rate } = await fromPartner('/latest/${c.region}'); //@flaw${useRate(c)}`,
      },
      good: { imports: EXPECT, body: fixedRate(c) },
      partnerBehaviour: { reset: c.rate },
      rewritten: true,
      circumstances: repeat,
    }),
  },
  {
    name: 'impatient-with-partner',
    pattern: 'external_dependency',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        imports: EXPECT,
        prelude: `const partnerUrl = (path) => (process.env.RATES_URL ?? 'https://fx.partner.example.net') + path;`,
        body: `${own(c)}
const reply = await fetch(partnerUrl('/latest/${c.region}'), { signal: AbortSignal.timeout(1000) }); //@flaw
expect(reply.status).toBe(200); //@assert
const { rate } = await reply.json();${useRate(c)}`,
      },
      good: { imports: EXPECT, body: fixedRate(c) },
      partnerBehaviour: unavailable(c),
      circumstances: repeat,
    }),
  },
  {
    name: 'client-object',
    pattern: 'external_dependency',
    set: 'measuring',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        imports: EXPECT,
        prelude: `const client = {
  base: process.env.RATES_URL ?? 'https://rates.example.io',
  async latest(region) {
    const answer = await fetch(this.base + '/latest/' + region);
    if (!answer.ok) throw new Error('rates answered ' + answer.status);
    return answer.json();
  },
};`,
        body: `${own(c)}
const { rate, base } = await client.latest('${c.region}'); //@flaw
expect(base).toBe('EUR'); //@assert${useRate(c)}`,
      },
      good: { imports: EXPECT, body: fixedRate(c) },
      partnerBehaviour: unavailable(c),
      rewritten: true,
      circumstances: repeat,
    }),
  },
];

export const EXTERNAL_LOOKALIKES: readonly Lookalike[] = [
  {
    name: 'own-stand-in',
    pattern: 'external_dependency',
    set: 'both',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        imports: { ...EXPECT, 'node:http': ['createServer'] },
        body: `const partner = createServer((request, answer) => answer.end('{"rate":1.5}'));
await new Promise((up) => partner.listen(0, '127.0.0.1', up));
try {
  const { rate } = await (await fetch(\`http://127.0.0.1:\${partner.address().port}/latest\`)).json();
  ${own(c)}
  const made = (await page.post(\`${list(c)}\`, { json: { name: 'local', ${c.r.amount}: 10 * rate } })).json();
  expect(made.${c.r.amount}).toBe(15); //@assert
} finally {
  partner.closeAllConnections();
  await new Promise((down) => partner.close(down));
}`,
      },
    }),
  },
  {
    name: 'address-as-data',
    pattern: 'external_dependency',
    set: 'both',
    languages: SCRIPT,
    write: (c) => ({
      parts: {
        imports: EXPECT,
        body: `${own(c)}
const made = await page.post(\`${list(c)}\`, { json: { name: 'linked', ${c.r.amount}: 3, note: 'https://partner.example.com/terms' } });
expect(made.json().name).toBe('linked'); //@assert`,
      },
    }),
  },
];
