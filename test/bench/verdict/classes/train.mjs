// Learns the weights of libs/failures from the texts of the corpus, and prints what they are worth on combinations that training did not see.
//   node test/bench/verdict/classes/train.mjs [--raw FILE] [--write]
// Without --raw it reads the fixture in libs/failures; with it, it renews the fixture first (with --write). Same texts, same weights: nothing here is drawn by chance but by seed.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { randomness } from './faults.mjs';
import { figures, printed } from './figures.mjs';
import { textsOf } from './texts.mjs';

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '../../../..');
const room = join(repository, 'libs/failures');
const fixture = join(room, 'fixtures/texts.jsonl.gz');
const { values: options } = parseArgs({
  options: {
    raw: { type: 'string' },
    write: { type: 'boolean', default: false },
    wrong: { type: 'boolean', default: false },
    dump: { type: 'string' },
  },
});

execFileSync(process.execPath, [join(repository, 'tools/build.mjs')], {
  cwd: room,
  stdio: 'inherit',
  env: { ...process.env, PATH: `${join(repository, 'node_modules/.bin')}:${process.env.PATH}` },
});
const require = createRequire(import.meta.url);
const { readFailure } = require(join(room, 'dist/reading.js'));
const { signsOf } = require(join(room, 'dist/signs.js'));
const { toClassify } = require(join(room, 'dist/failure-as-text.js'));
const { probabilitiesOf } = require(join(room, 'dist/model.js'));
const { FAILURE_CLASSES } = require(join(repository, 'libs/contracts/dist/index.js'));

const SEED = 4;
const texts = options.raw
  ? textsOf(JSON.parse(readFileSync(options.raw, 'utf8')), { seed: SEED, repository })
  : gunzipSync(readFileSync(fixture))
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
if (options.raw && options.write) writeFileSync(fixture, gzipSync(texts.map((text) => JSON.stringify(text)).join('\n'), { level: 9 }));

const began = performance.now();
const inputOf = (text) => text.input ?? toClassify(text.failure, text.requests, text.logs);
const samples = texts.map((text) => ({
  ...text,
  signs: [...signsOf(readFailure(inputOf(text)))],
  truth: FAILURE_CLASSES.indexOf(text.class),
}));
console.log(`signs read in ${Math.round(performance.now() - began)} ms`);
const training = samples.filter((one) => one.part === 'train');
const heldOut = samples.filter((one) => one.part === 'test');

/** A sign that fewer texts have says more of those texts than of its class. */
const RAREST = 3;
/** Copies of each text with signs left out at random: what an unknown framework's text looks like, in which some expression does not match. */
const COPIES = 3;
const LEFT_OUT = 0.15;
/**
 * The share of texts of unknown kinds that no expression matches: of 144 texts of other ecosystems that were written before the expressions
 * were tried on them, 12 % were misread. Each text teaches with this weight what it looks like misread: as nothing, or, where it told a status
 * or a driver's error, as a mere assertion.
 */
const MISREAD = 0.08;
/** The share of misread texts that probabilities are fitted for: as many as were seen, see LEAST_TEMPERATURE. */
const MISREAD_LATER = 0.07;
/**
 * Frameworks of one corpus are less strange to each other than what others will send. Of 340 texts that Go's and Ruby's runners told of real
 * faults, read before anything was fitted to them, 93 % were right where 96.5 % was said; of the corpus' own held-out part 98.5 %. Said is
 * something between, so that it is wrong by little for either.
 */
const LEAST_TEMPERATURE = 0.9;
/** Enough for the loss to stand still in its third digit. */
const STEPS = 200;

/** Classes that an assertion on a status has. */
const ASSERTED = new Set(
  ['authentication', 'authorization', 'not_found', 'validation', 'server'].map((name) => FAILURE_CLASSES.indexOf(name)),
);

const NOTHING = ['decided: other', 'class: other'];
const MERE_ASSERTION = ['decided: assertion', 'class: assertion', 'assertion: words'];
/** The signs of a text whose structure no expression matched. */
const unread = (one, answer) => one.signs.filter((sign) => /^(?:history|words|logs|short|code)/.test(sign)).concat(answer);
const misread = (one) => unread(one, ASSERTED.has(one.truth) ? MERE_ASSERTION : NOTHING);

/** Multinomial logistic regression, L2, by Adam over the whole set. Classes weigh by the root of their rarity. */
function learn(set, strength) {
  const random = randomness(SEED);
  const count = new Map();
  for (const { signs } of set) for (const sign of signs) count.set(sign, (count.get(sign) ?? 0) + 1);
  const names = [...count.keys()].filter((sign) => count.get(sign) >= RAREST).sort((a, b) => (a < b ? -1 : 1));
  const index = new Map(names.map((name, i) => [name, i]));
  const K = FAILURE_CLASSES.length;
  const perClass = FAILURE_CLASSES.map((_, k) => set.filter((one) => one.truth === k).length);
  const rows = set.flatMap((one) => {
    const known = one.signs.flatMap((sign) => index.get(sign) ?? []);
    const weight = Math.sqrt(set.length / (K * perClass[one.truth])) / (COPIES + 1);
    const at = (signs) => signs.flatMap((sign) => index.get(sign) ?? []);
    const asNothing = { at: at(unread(one, NOTHING)), truth: one.truth, weight: weight * (COPIES + 1) * MISREAD };
    const asAssertion = {
      at: at(unread(one, MERE_ASSERTION)),
      truth: one.truth,
      weight: weight * (COPIES + 1) * MISREAD * (ASSERTED.has(one.truth) ? 1 : 0),
    };
    return [asNothing, asAssertion].concat(
      [known, ...Array.from({ length: COPIES }, () => known.filter(() => !random.chance(LEFT_OUT)))].map((at) => ({
        at,
        truth: one.truth,
        weight,
      })),
    );
  });
  const total = rows.reduce((sum, row) => sum + row.weight, 0);
  const size = (names.length + 1) * K;
  const [w, m, v, gradient] = [new Float64Array(size), new Float64Array(size), new Float64Array(size), new Float64Array(size)];
  const bias = names.length * K;
  const scores = new Float64Array(K);
  for (let step = 1; step <= STEPS; step += 1) {
    for (let i = 0; i < size; i += 1) gradient[i] = i < bias ? (strength * w[i]) / total : 0;
    for (const { at, truth, weight } of rows) {
      for (let k = 0; k < K; k += 1) scores[k] = w[bias + k];
      for (const i of at) for (let k = 0; k < K; k += 1) scores[k] += w[i * K + k];
      let top = scores[0];
      for (let k = 1; k < K; k += 1) if (scores[k] > top) top = scores[k];
      let sum = 0;
      for (let k = 0; k < K; k += 1) sum += scores[k] = Math.exp(scores[k] - top);
      for (let k = 0; k < K; k += 1) scores[k] = ((scores[k] / sum - (k === truth ? 1 : 0)) * weight) / total;
      for (let k = 0; k < K; k += 1) gradient[bias + k] += scores[k];
      for (const i of at) for (let k = 0; k < K; k += 1) gradient[i * K + k] += scores[k];
    }
    const rate = 0.15 / (1 + step / 80);
    const [first, second] = [1 - 0.9 ** step, 1 - 0.999 ** step];
    for (let i = 0; i < size; i += 1) {
      const g = gradient[i];
      m[i] = 0.9 * m[i] + 0.1 * g;
      v[i] = 0.999 * v[i] + 0.001 * g * g;
      w[i] -= (rate * (m[i] / first)) / (Math.sqrt(v[i] / second) + 1e-8);
    }
  }
  const hundredths = (from) => Array.from({ length: K }, (_, k) => Math.round(w[from + k] * 100));
  return { temperature: 1, bias: hundredths(bias), weights: Object.fromEntries(names.map((name, i) => [name, hundredths(i * K)])) };
}

const judged = (set, model) => set.map((one) => ({ ...one, probabilities: probabilitiesOf(one.signs, model) }));
const loss = (set) => set.reduce((sum, one) => sum - Math.log(Math.max(1e-9, one.probabilities[one.truth])), 0) / set.length;

/** Each framework judged by a model that saw only the others: the nearest thing to the text of a stranger. */
function byStrangers(set, strength) {
  return [...new Set(set.map((one) => one.framework))].flatMap((framework) => {
    const model = learn(
      set.filter((one) => one.framework !== framework),
      strength,
    );
    return set.filter((one) => one.framework === framework).map((one) => ({ ...one, model }));
  });
}

const STRENGTHS = [1, 3];
let chosen;
for (const strength of STRENGTHS) {
  const strangers = byStrangers(training, strength);
  for (let temperature = LEAST_TEMPERATURE; temperature <= 2; temperature += 0.05) {
    const at = Math.round(temperature * 100) / 100;
    const by = (signsOfOne) =>
      loss(strangers.map((one) => ({ ...one, probabilities: probabilitiesOf(signsOfOne(one), { ...one.model, temperature: at }) })));
    const found = (1 - MISREAD_LATER) * by((one) => one.signs) + MISREAD_LATER * by(misread);
    if (!chosen || found < chosen.found) chosen = { found, strength, temperature: at };
  }
}
console.log(
  `L2 ${chosen.strength}, temperature ${chosen.temperature}: least loss (${chosen.found.toFixed(3)}) when each framework is judged by a model of the others`,
);
const model = { ...learn(training, chosen.strength), temperature: chosen.temperature };

const report = (title, set) => console.log(printed(title, figures(set, FAILURE_CLASSES)));
console.log(
  `${samples.length} texts: ${training.length} to learn from, ${heldOut.length} held out by combination; ${Object.keys(model.weights).length} signs`,
);
report('training', judged(training, model));
report('held out', judged(heldOut, model));
for (const form of [...new Set(heldOut.map((one) => one.form))].sort((a, b) => (a < b ? -1 : 1)))
  report(
    `  form ${form}`,
    judged(
      heldOut.filter((one) => one.form === form),
      model,
    ),
  );
console.log('one framework left out:');
for (const framework of new Set(samples.map((one) => one.framework))) {
  const others = {
    ...learn(
      samples.filter((one) => one.framework !== framework),
      chosen.strength,
    ),
    temperature: chosen.temperature,
  };
  report(
    `  ${framework}`,
    judged(
      samples.filter((one) => one.framework === framework),
      others,
    ),
  );
}
const byHand = join(room, 'fixtures/other-ecosystems.json');
if (existsSync(byHand)) {
  const set = JSON.parse(readFileSync(byHand, 'utf8')).map((text) => ({
    ...text,
    truth: FAILURE_CLASSES.indexOf(text.class),
    signs: [...signsOf(readFailure(text.input))],
  }));
  report('other ecosystems, written by hand', judged(set, model));
  if (options.wrong)
    for (const one of judged(set, model)) if (one.probabilities.indexOf(Math.max(...one.probabilities)) !== one.truth) wrong(one);
}
function wrong(one) {
  const at = one.probabilities.indexOf(Math.max(...one.probabilities));
  console.log(
    `--- ${one.id ?? ''} ${one.part ?? ''} ${one.framework ?? ''} ${one.client ?? ''} ${one.fault ?? ''} ${one.style ?? ''} ${one.form ?? ''}: is ${one.class}, was called ${FAILURE_CLASSES[at]} (${one.probabilities[at].toFixed(2)})`,
  );
  console.log(JSON.stringify(one.input ?? { ...one.failure, requests: one.requests }).slice(0, 900));
  console.log(one.signs.join(' | '));
}
if (options.wrong)
  for (const one of judged(samples, model)) if (one.probabilities.indexOf(Math.max(...one.probabilities)) !== one.truth) wrong(one);
if (options.write) {
  const lines = Object.entries(model.weights).map(([name, values]) => `    ${JSON.stringify(name)}: [${values.join(', ')}],`);
  writeFileSync(
    join(room, 'src/weights.ts'),
    `import type { Model } from './model';\n\n/** Written by \`test/bench/verdict/classes/train.mjs\`, from \`fixtures/\`; do not edit. */\nexport const MODEL: Model = {\n  temperature: ${model.temperature},\n  bias: [${model.bias.join(', ')}],\n  weights: {\n${lines.join('\n')}\n  },\n};\n`,
  );
}
