// What classifyFailure is worth on texts of a measuring seed, with the weights as they are committed.
//   node test/bench/verdict/classes/make.mjs --seed 2 && node test/bench/verdict/classes/measure.mjs --seed 2
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { figures, printed } from './figures.mjs';
import { textsOf } from './texts.mjs';

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '../../../..');
const work = resolve(process.env.CLASSES_WORK ?? join(repository, 'test/bench/.work/classes'));
const { values: options } = parseArgs({ options: { seed: { type: 'string', default: '2' }, wrong: { type: 'boolean', default: false } } });
const require = createRequire(import.meta.url);
const { classifyAttempt, classifyFailure } = require(join(repository, 'libs/failures/dist/index.js'));
const { FAILURE_CLASSES } = require(join(repository, 'libs/contracts/dist/index.js'));

const texts = textsOf(JSON.parse(readFileSync(join(work, `raw-${options.seed}.json`), 'utf8')), { seed: Number(options.seed), repository });
const judged = texts.map((text) => {
  const found = text.input ? classifyFailure(text.input) : classifyAttempt(text.failure, text.requests, text.logs);
  return {
    ...text,
    said: found.class,
    truth: FAILURE_CLASSES.indexOf(text.class),
    probabilities: FAILURE_CLASSES.map((name) => found.probabilities[name]),
  };
});
const report = (title, set) => console.log(printed(title, figures(set, FAILURE_CLASSES)));
report('all', judged);
const heldOut = judged.filter((one) => one.part === 'test');
report('combinations that training did not see', heldOut);
for (const form of new Set(heldOut.map((one) => one.form)))
  report(
    `  form ${form}`,
    heldOut.filter((one) => one.form === form),
  );
for (const framework of new Set(judged.map((one) => one.framework)))
  report(
    `  ${framework}`,
    judged.filter((one) => one.framework === framework),
  );
for (const name of FAILURE_CLASSES)
  report(
    `  class ${name}`,
    heldOut.filter((one) => one.class === name),
  );
if (options.wrong)
  for (const one of judged.filter((text) => text.said !== text.class))
    console.log(
      `--- ${one.id} ${one.part} ${one.framework} ${one.client} ${one.fault} ${one.style} ${one.form}: is ${one.class}, was called ${one.said} (${Math.max(...one.probabilities).toFixed(2)})\n${JSON.stringify(one.input ?? one.failure).slice(0, 700)}`,
    );
