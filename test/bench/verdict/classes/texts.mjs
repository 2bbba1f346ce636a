// From what frameworks told to what a classifier is given: one text a case, in one of the forms in which such texts reach it.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { randomness } from './faults.mjs';

/** Longer texts are kept as their beginning and end, as the fixture has to stay small. */
const LONGEST = 2600;
const MOST_FRAMES = 7;

const shortened = (text) => (text.length > LONGEST ? `${text.slice(0, LONGEST / 2)}\n...\n${text.slice(-LONGEST / 2)}` : text);
const FRAME = new RegExp(`^(?:${String.fromCharCode(27)}\\[\\d+m|\\s)*(?:at |❯ )`);

function fewFrames(text) {
  let frames = 0;
  return text
    .split('\n')
    .filter((line) => !FRAME.test(line) || (frames += 1) <= MOST_FRAMES)
    .join('\n');
}

const clean = (text) =>
  text
    .replace(/ ?\\?#c\d{4}\\?#/g, '')
    .replace(/[_ ]c\d{4}(?!\d)/g, '')
    .replace(/own[-_]c\d{4}/g, 'orders')
    .replace(/\n{3,}/g, '\n\n')
    .trimEnd();
const withoutFrames = (text) =>
  text
    .split('\n')
    .filter((line) => !FRAME.test(line))
    .join('\n')
    .trim();

/** Whole frameworks, drivers and clients that training does not see, and of the other combinations a part. */
export const HELD_OUT = {
  frameworks: ['ava', 'jasmine', 'unittest'],
  clients: ['superagent', 'undici', 'httpx', 'mysql2', 'sequelize', 'mongoose', 'ioredis', 'asyncpg', 'pymongo', 'psycopg2'],
  share: 0.15,
};

/** FNV-1a with a final mix, as 0..1: which part a combination falls into must not depend on the order of cases. */
function hash(text) {
  let h = 2166136261;
  for (const character of text) h = Math.imul(h ^ character.codePointAt(0), 16777619) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x45d9f3b) >>> 0;
  return ((h ^ (h >>> 16)) >>> 0) / 4294967296;
}

/** `train` or `test`, by the combination of framework, client and fault. */
export function partOf({ framework, client, fault }) {
  if (HELD_OUT.frameworks.includes(framework) || HELD_OUT.clients.includes(client)) return 'test';
  return hash(`${framework}|${client}|${fault}`) < HELD_OUT.share ? 'test' : 'train';
}

export function textsOf(raw, { seed, repository }) {
  const { playwrightFailure } = createRequire(import.meta.url)(join(repository, 'libs/frameworks/dist/playwright/playwright-failure.js'));
  const view = { root: '/project', ours: () => false };
  const random = randomness(seed);
  const texts = [];
  for (const c of raw) {
    const { forms } = c;
    const told = { message: forms.message && clean(fewFrames(forms.message)), chunk: forms.chunk && clean(fewFrames(forms.chunk)) };
    const nothingShown = c.style === 'reversed' && !['node:test', 'pytest', 'tape', 'unittest', 'robot'].includes(c.framework);
    const trap = /status-like/.test(c.fault);
    let choices = [];
    if (forms.failure) choices = ['failure'];
    else {
      if (told.message) choices.push('message', 'stack');
      if (told.chunk) choices.push('chunk', 'chunk', ...(told.chunk.length > 500 ? ['cut'] : []), 'logs');
      if (forms.ended) choices.push('failure');
      // A number that only looks like a status can be told by the source or the history alone.
      if (trap && told.chunk) choices = ['chunk'];
    }
    if (choices.length === 0) continue;
    const form = random.pick(choices);
    const withRequests = random.chance(0.35) || c.hidden || nothingShown || trap;
    const requests = withRequests && c.requests.length > 0 ? { requests: forms.requests ?? c.requests } : {};
    const logs = c.logs.length > 0 ? { logs: c.logs } : {};
    const both = { ...logs, ...requests };
    let input;
    if (form === 'failure') {
      const { class: _class, ...failure } =
        forms.failure ?? playwrightFailure({ file: 'orders.spec.ts', ...forms.ended }, view, (text) => text);
      texts.push({
        id: c.id,
        framework: c.framework,
        client: c.client,
        fault: c.fault,
        style: c.style,
        class: c.cls,
        form,
        part: partOf(c),
        failure: JSON.parse(clean(JSON.stringify({ ...failure, ...(failure.stack && { stack: fewFrames(failure.stack) }) }))),
        ...logs,
        requests: forms.requests ?? c.requests,
      });
      continue;
    }
    if (form === 'message') input = { text: shortened(withoutFrames(told.message)), ...both };
    else if (form === 'stack') input = { text: shortened(withoutFrames(told.message)), stack: shortened(told.message), ...both };
    else if (form === 'chunk') input = { text: shortened(told.chunk), ...both };
    else if (form === 'cut') input = { text: c.language === 'python' ? told.chunk.slice(-500) : told.chunk.slice(0, 420), ...both };
    else input = { text: random.pick(['', 'Test failed', '1 test failed']), logs: shortened(told.chunk).split('\n'), ...requests };
    texts.push({
      id: c.id,
      framework: c.framework,
      client: c.client,
      fault: c.fault,
      style: c.style,
      class: c.cls,
      form,
      part: partOf(c),
      input,
    });
  }
  return texts;
}
