import { count } from '../terminal/plain-text';
import { say, sayData } from '../terminal/world';
import type { World } from '../terminal/world';
import type { CommonOptions } from './options';
import { withHistory } from './with-history';

/**
 * `e2e learning show`: how often a kind of retry gave a pass, by the class of the failure before it.
 * @public Loaded by its name when it is called (program.ts).
 */
export async function showLearning(world: World, options: CommonOptions): Promise<number> {
  return withHistory(world, options, async (project, backend) => {
    const learned = await backend.executions.learned(project.location.projectId);
    if (options.json) {
      sayData(world, learned);
      return 0;
    }
    for (const { class: failureClass, policy, tried, passed } of learned) {
      world.stdout.write(`${failureClass.padEnd(15)}  ${policy.padEnd(10)}  passed ${passed} of ${count(tried, 'retry', 'retries')}\n`);
    }
    if (learned.length === 0) say(world, 'Nothing was learned yet: retries of "e2e autonomous-run" teach.');
    else if (!project.loaded.configuration.general.learning_enabled) say(world, 'learning_enabled is off: this changes no decision.');
    return 0;
  });
}

/**
 * `e2e learning reset`: decisions start anew from what the program was shipped with.
 * @public Loaded by its name when it is called (program.ts).
 */
export async function resetLearning(world: World, options: CommonOptions): Promise<number> {
  return withHistory(world, options, async (project, backend) => {
    await backend.executions.resetLearned(project.location.projectId);
    if (options.json) sayData(world, []);
    else say(world, 'Forgotten: the next retries are decided without what earlier ones taught.');
    return 0;
  });
}
