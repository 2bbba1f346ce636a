import { Command, CommanderError, Option } from 'commander';
import { collect, collectNames, examples, withCommonOptions } from './command/options';
import type { World } from './terminal/world';

// Each command is loaded when it is called, so that `e2e --version` and `--help` cost nothing. `require` and not
// `import()`: what is built is CommonJS, where a native import() of a sibling would need its file extension.

/** Usage errors end with 2: EXIT.usage, not imported here since contracts load more than a whole `--version` may cost. */
const USAGE = 2;

/** Parses the arguments and runs the command. Returns the exit code; an error of the command itself rejects. */
export async function runProgram(args: readonly string[], version: string, world: World): Promise<number> {
  let exitCode = 0;
  const program = build(version, world, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version arrive here too, with exit code 0; a call without a command shows the help, as an error.
    return error.exitCode === 0 ? 0 : USAGE;
  }
}

function build(version: string, world: World, ended: (code: number) => void): Command {
  const program = new Command('e2e')
    .description('Testimony reads a codebase, plans its tests by risk, runs them and reports verdicts with their evidence.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .exitOverride()
    .configureOutput({ writeOut: (text) => void world.stdout.write(text), writeErr: (text) => void world.stderr.write(text) })
    .showHelpAfterError('(e2e --help lists all commands, e2e COMMAND --help its options)')
    .addHelpText(
      'after',
      examples('e2e demo', 'e2e init --openapi http://localhost:3000/openapi.json', 'e2e autonomous-run -j 8', 'e2e report --format html'),
    )
    .addHelpText(
      'after',
      '\nExit codes: 0 passed, 1 tests failed, 2 usage or configuration, 3 infrastructure, 4 no test ran, 130/143/129 ended by SIGINT/SIGTERM/SIGHUP.',
    );

  const define = (name: string, description: string): Command => withCommonOptions(program.command(name).description(description));

  define('manifest', 'read the sources and write project_knowledge.json')
    .argument('[dir]', 'folder of the project')
    .option('--force', 'read the sources even when they have not changed')
    .addHelpText('after', examples('e2e manifest', 'e2e manifest ../shop --force', 'e2e manifest --json | jq .manifest.services[].name'))
    .action(async (dir: string | undefined, options) => {
      const { manifest } = require('./command/manifest') as typeof import('./command/manifest');
      ended(await manifest(world, dir, options));
    });

  define('plan-strategy', 'plan the tests by risk and write the strategy and latest.txt')
    .option('-n, --name <name>', 'name of the strategy')
    .option('-d, --description <text>', 'what it is for')
    .option('-s, --services <a,b>', 'only tests of these services', collectNames)
    .option('-o, --output <dir>', 'folder for the strategy and latest.txt (default: strategies of the project)')
    .addHelpText(
      'after',
      examples(
        'e2e plan-strategy -n nightly',
        'e2e plan-strategy -n "orders only" -s orders,payments',
        'e2e plan-strategy -n ci -o ./strategies && e2e autonomous-run -s "$(cat ./strategies/latest.txt)"',
      ),
    )
    .action(async (options) => {
      const { planStrategy } = require('./command/plan-strategy') as typeof import('./command/plan-strategy');
      ended(await planStrategy(world, options));
    });

  runOptions(define('autonomous-run', 'plan (when no strategy is given), run, decide, heal, explain and report').alias('run'))
    .option('-s, --strategy-id <id>', 'run this strategy (an id, or its .json file)')
    .option('--services <a,b>', 'when planning: only tests of these services', collectNames)
    .option('--resume [id]', 'take up an execution whose process died (default: the newest)')
    .option('--targets-from <file>', 'JSON with baseUrl and headers of each service, stronger than e2e.conf; - reads stdin')
    .addHelpText(
      'after',
      examples(
        'e2e autonomous-run',
        'e2e autonomous-run -s "$(cat ./strategies/latest.txt)" -j 8 --fail-on-flaky',
        'e2e run --grep refund --max-failures 1',
        'e2e run --reporter line --reporter junit=junit.xml --reporter html=report.html',
        'e2e run --resume',
      ),
    )
    .action(async (options) => {
      const { autonomousRun } = require('./command/autonomous-run') as typeof import('./command/autonomous-run');
      ended(await autonomousRun(world, options));
    });

  define('report', 'show the report of an execution again')
    .argument('[execution]', 'id of the execution (default: the newest)')
    .option('--format <format>', 'terminal, json, junit or html')
    .option('-o, --output <file>', 'write to this file')
    .addHelpText(
      'after',
      examples('e2e report', 'e2e report exe_01jd9x2m4k7q8w3e5r6t --format junit -o junit.xml', 'e2e report --format html'),
    )
    .action(async (execution: string | undefined, options) => {
      const { reportAgain } = require('./command/report') as typeof import('./command/report');
      ended(await reportAgain(world, execution, options));
    });

  define('list', 'list the executions of the project, the newest first')
    .option('--limit <n>', 'how many', '20')
    .addHelpText('after', examples('e2e list', 'e2e list --json --limit 100'))
    .action(async (options) => {
      const { list } = require('./command/list') as typeof import('./command/list');
      ended(await list(world, options));
    });

  define('explain', 'print the chain from the attempts of a test to its verdict, with the numbers')
    .argument('<test>', 'its id, or a part of its name or file')
    .option('-e, --execution-id <id>', 'in this execution (default: the newest)')
    .addHelpText('after', examples('e2e explain "refund restocks"', 'e2e explain 33_refund -e exe_01jd9x2m4k7q8w3e5r6t --json'))
    .action(async (test: string, options) => {
      const { explain } = require('./command/explain') as typeof import('./command/explain');
      ended(await explain(world, test, options));
    });

  define('analyze-flaky', 'find what makes tests flaky: by reading, and with --dynamic by experiments')
    .argument('[file]', 'a test file (default: all of the project)')
    .option('-f, --test-file <file>', 'the same as the argument')
    .option('--dynamic', 'run the tests under changing conditions')
    .option('--runs <n>', 'with --dynamic: attempts for each test', '10')
    .option('--seed <n>', 'with --dynamic: chooses orders and random numbers', '1')
    .option('-j, --parallel <n>', 'with --dynamic: tests that run side by side (default: 4)')
    .addHelpText(
      'after',
      examples('e2e analyze-flaky', 'e2e analyze-flaky services/orders/modules/04_list.ts', 'e2e analyze-flaky --dynamic --runs 20 --json'),
    )
    .action(async (file: string | undefined, options) => {
      const { analyzeFlaky } = require('./command/analyze-flaky') as typeof import('./command/analyze-flaky');
      ended(await analyzeFlaky(world, file, options));
    });

  define('debug-execution', 'explain why tests of an execution did not pass')
    .argument('[execution]', 'id of the execution (default: the newest)')
    .option('-e, --execution-id <id>', 'the same as the argument')
    .option('--apply-fix', 'prove fixes of flaky tests and apply those that are proven with little risk')
    .addHelpText(
      'after',
      examples('e2e debug-execution', 'e2e debug-execution -e "$(cat ./strategies/latest_exec.txt)"', 'e2e debug-execution --apply-fix'),
    )
    .action(async (execution: string | undefined, options) => {
      const { debugExecution } = require('./command/debug-execution') as typeof import('./command/debug-execution');
      ended(await debugExecution(world, execution, options));
    });

  define('healing-stats', 'show what became of fixes, by pattern')
    .addHelpText('after', examples('e2e healing-stats', 'e2e healing-stats --json'))
    .action(async (options) => {
      const { healingStats } = require('./command/healing-stats') as typeof import('./command/healing-stats');
      ended(await healingStats(world, options));
    });

  const fix = group(program, 'fix', 'fixes of flaky tests: list, show, apply, revert', 'list');
  withCommonOptions(fix.command('list').description('list the fixes, the newest first'))
    .addHelpText('after', examples('e2e fix list'))
    .action(async (options) => {
      const { listFixes } = require('./command/fix') as typeof import('./command/fix');
      ended(await listFixes(world, options));
    });
  withCommonOptions(fix.command('show').description('print the patch (stdout) and its proof (stderr)'))
    .argument('<fix>', 'id of the fix')
    .addHelpText('after', examples('e2e fix show fix_01jd9x2m4k7q8w3e5r6t | git apply --check'))
    .action(async (id: string, options) => {
      const { showFix } = require('./command/fix') as typeof import('./command/fix');
      ended(await showFix(world, id, options));
    });
  withCommonOptions(fix.command('apply').description('apply a proven fix'))
    .argument('<fix>', 'id of the fix')
    .addHelpText('after', examples('e2e fix apply fix_01jd9x2m4k7q8w3e5r6t'))
    .action(async (id: string, options) => {
      const { applyFix } = require('./command/fix') as typeof import('./command/fix');
      ended(await applyFix(world, id, options));
    });
  withCommonOptions(fix.command('revert').description('put the file back as it was before the fix'))
    .argument('<fix>', 'id of the fix')
    .option('--reason <text>', 'why', 'by hand')
    .addHelpText('after', examples('e2e fix revert fix_01jd9x2m4k7q8w3e5r6t --reason "hides a bug"'))
    .action(async (id: string, options) => {
      const { revertFix } = require('./command/fix') as typeof import('./command/fix');
      ended(await revertFix(world, id, options));
    });

  const quarantine = group(program, 'quarantine', 'tests whose failures do not fail the run for a while: list, add, release', 'list');
  withCommonOptions(quarantine.command('list').description('list them, with owner, reason and end'))
    .addHelpText('after', examples('e2e quarantine list'))
    .action(async (options) => {
      const { listQuarantine } = require('./command/quarantine') as typeof import('./command/quarantine');
      ended(await listQuarantine(world, options));
    });
  withCommonOptions(quarantine.command('add').description('put a test in quarantine'))
    .argument('<test>', 'its id, or a part of its name or file')
    .requiredOption('--owner <name>', 'who will look at it')
    .requiredOption('--reason <text>', 'why')
    .option('--days <n>', 'for how long', '14')
    .addHelpText('after', examples('e2e quarantine add "list is sorted" --owner orders-team --reason "flaky since the new index, ORD-231"'))
    .action(async (test: string, options) => {
      const { addToQuarantine } = require('./command/quarantine') as typeof import('./command/quarantine');
      ended(await addToQuarantine(world, test, options));
    });
  withCommonOptions(quarantine.command('release').description('let it count again; needs enough clean runs since'))
    .argument('<test>', 'its id, or a part of its name or file')
    .option('--reason <text>', 'why', 'clean runs since')
    .addHelpText('after', examples('e2e quarantine release "list is sorted"'))
    .action(async (test: string, options) => {
      const { releaseFromQuarantine } = require('./command/quarantine') as typeof import('./command/quarantine');
      ended(await releaseFromQuarantine(world, test, options));
    });

  const learning = group(program, 'learning', 'what retries have taught: show, reset', 'show');
  withCommonOptions(learning.command('show').description('show how often a kind of retry gave a pass, by class of the failure'))
    .addHelpText('after', examples('e2e learning show', 'e2e learning show --json'))
    .action(async (options) => {
      const { showLearning } = require('./command/learning') as typeof import('./command/learning');
      ended(await showLearning(world, options));
    });
  withCommonOptions(learning.command('reset').description('forget it'))
    .addHelpText('after', examples('e2e learning reset'))
    .action(async (options) => {
      const { resetLearning } = require('./command/learning') as typeof import('./command/learning');
      ended(await resetLearning(world, options));
    });

  define('init', 'write e2e.conf, a first test module and what an editor needs')
    .option('--openapi <url|file>', 'an OpenAPI document of the service')
    .option('--base-url <url>', 'where the service answers')
    .option('--service <name>', 'name of the service (default: title of the OpenAPI document, or api)')
    .option('--force', 'write e2e.conf anew')
    .addHelpText(
      'after',
      examples(
        'e2e init',
        'e2e init --openapi http://localhost:3000/openapi.json',
        'e2e init --openapi docs/openapi.yaml --base-url https://staging.example.com',
      ),
    )
    .action(async (options) => {
      const { init } = require('./command/init') as typeof import('./command/init');
      ended(await init(world, options));
    });

  define('doctor', 'check what a run needs, with a fix for each fault')
    .addHelpText('after', examples('e2e doctor', 'e2e doctor -p ../shop --json'))
    .action(async (options) => {
      const { doctor } = require('./command/doctor') as typeof import('./command/doctor');
      ended(await doctor(world, options));
    });

  runOptions(define('demo', 'run the main job on the sample shop and say what to look at'))
    .addHelpText('after', examples('e2e demo', 'e2e demo -j 2'))
    .action(async (options) => {
      const { demo } = require('./command/demo') as typeof import('./command/demo');
      ended(await demo(world, options));
    });

  const config = group(program, 'config', 'about e2e.conf', 'explain parallel_workers');
  withCommonOptions(config.command('explain').description('say which layer a setting came from: default, file, environment or flag'))
    .argument('<key>', 'a setting, such as parallel_workers')
    .option('-j, --parallel <n>', 'as autonomous-run would be given')
    .addHelpText(
      'after',
      examples('e2e config explain parallel_workers', 'E2E_PARALLEL_WORKERS=8 e2e config explain parallel_workers --json'),
    )
    .action(async (key: string, options) => {
      const { explainKey } = require('./command/explain-key') as typeof import('./command/explain-key');
      ended(await explainKey(world, key, options));
    });

  return program;
}

/** A command of commands. What every command takes may stand before the inner one as well: `e2e fix -p ../shop list`. */
function group(program: Command, name: string, description: string, example: string): Command {
  return withCommonOptions(program.command(name).description(description))
    .addHelpText('after', examples(`e2e ${name} ${example}`, `e2e ${name} ${example} -p ../shop`))
    .hook('preAction', (outer, inner) => {
      for (const [option, value] of Object.entries(outer.opts()))
        if (inner.getOptionValue(option) === undefined) inner.setOptionValue(option, value);
    });
}

function runOptions(command: Command): Command {
  return command
    .option('-j, --parallel <n>', 'tests that run side by side (default: 4)')
    .option('--grep <pattern>', 'only tests whose name, file, id or tag matches, with what they depend on')
    .option('--max-failures <n>', 'stop after so many failed tests')
    .option('--fail-on-flaky', 'a flaky test ends the run with exit code 1')
    .addOption(new Option('--reporter <name[=file]>', 'terminal, line, json, junit, html or github; repeatable').argParser(collect))
    .option('--enable-self-healing', 'heal flaky tests (the default): find out why, and prove a fix')
    .option('--no-healing', 'heal nothing')
    .option('--auto-fix', 'apply fixes that are proven, and run the healed tests again');
}
