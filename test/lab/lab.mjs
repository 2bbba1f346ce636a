// node test/lab/lab.mjs generate SEED FOLDER [MIX as JSON] | serve FOLDER | measure FOLDER [RUNS] | check FOLDER
// (Node 24: /work-tree's node_modules/.bin/node, or `npm exec -- node test/lab/lab.mjs ...`.)
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
require('./typescript.cjs');
const [command, ...words] = process.argv.slice(2);

const commands = {
  generate(seed, folder, mix = '{}') {
    const lab = require('./index.ts').writeLab({ seed: Number(seed), folder, mix: JSON.parse(mix) });
    const counts = Object.groupBy(lab.truth.tests, (test) => test.category);
    console.log(
      JSON.stringify({
        folder,
        project: lab.project,
        tests: Object.fromEntries(Object.entries(counts).map(([name, of]) => [name, of.length])),
        bugs: lab.truth.bugs.length,
        fixes: lab.fixes.length,
      }),
    );
  },
  async serve(folder) {
    const lab = await require('./index.ts').openLab(folder);
    console.log(JSON.stringify({ project: lab.project, env: lab.environment }));
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void lab.close().then(() => process.exit(0)));
    process.stdin.resume().once('end', () => void lab.close().then(() => process.exit(0)));
  },
  async measure(folder, runs = '200') {
    await require('./runner/measure.ts').measureLab(folder, Number(runs), (line) => console.error(line));
  },
  async check(folder, runs = '5') {
    const problems = await require('./index.ts').checkLab(folder, Number(runs), (line) => console.error(line));
    for (const problem of problems) console.log(problem);
    process.exitCode = problems.length > 0 ? 1 : 0;
  },
};
if (!(command in commands)) {
  console.error('node test/lab/lab.mjs generate SEED FOLDER [MIX] | serve FOLDER | measure FOLDER [RUNS] | check FOLDER [RUNS]');
  process.exit(2);
}
await commands[command](...words);
