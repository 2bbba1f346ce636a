// How far a verdict can be trusted: the figures of the whole autonomous loop on labs whose truth is known, beside plain reruns in the same labs.
//   node test/bench/verdict/bench.mjs [verdicts detection healing guards causes static classes] [--seeds 1001,1002,1003] [--tests 300] [--runs 10] [--repositories DIR]
// Needs the built program. Figures for the record are those of measuring seeds (1001 and above) only; seeds 1..99 are for tuning.
import { parseArgs } from 'node:util';
import { machine } from '../runner/measure.mjs';
import { printFigures } from './figures.mjs';

const PARTS = ['verdicts', 'detection', 'healing', 'guards', 'causes', 'static', 'classes'];
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '1001,1002,1003' },
    tests: { type: 'string', default: '300' },
    runs: { type: 'string', default: '10' },
    repositories: { type: 'string' },
    verbose: { type: 'boolean', short: 'v', default: false },
  },
});
const unknown = positionals.filter((name) => !PARTS.includes(name));
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(', ')}. Parts: ${PARTS.join(', ')}`);
  process.exit(2);
}
const seeds = values.seeds.split(',').map(Number);
const setting = {
  seeds,
  tests: Number(values.tests),
  runs: Number(values.runs),
  repositories: values.repositories,
  tell: (line) => values.verbose && console.error(line),
};
console.log(machine());
console.log(
  `seeds ${seeds.join(', ')} (${seeds.every((seed) => seed >= 1001) ? 'measuring' : 'TUNING SEEDS: not for the record'}); shares with 95 % intervals (Wilson), Matthews correlation with a bootstrap's\n`,
);
for (const name of positionals.length > 0 ? positionals : PARTS) {
  const began = performance.now();
  try {
    const { measure } = await import(`./parts/${name}.mjs`);
    const { figures, notes = [] } = await measure(setting);
    printFigures(name, figures, notes, (performance.now() - began) / 1000);
  } catch (error) {
    process.exitCode = 1;
    console.log(`${name}: not measured. ${error instanceof Error ? (values.verbose ? error.stack : error.message) : String(error)}\n`);
  }
}
