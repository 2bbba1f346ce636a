import { userInfo } from 'node:os';
import { DomainError } from '@testimony/contracts';
import type { Fix } from '@testimony/contracts';
import type { Backend } from '../backend';
import { percent, plainText } from '../terminal/plain-text';
import { say, sayData } from '../terminal/world';
import type { World } from '../terminal/world';
import type { CommonOptions } from './options';
import { withHistory } from './with-history';

const MOST_LISTED = 200;

/**
 * `e2e fix list`: fixes of this project, the newest first.
 * @public Loaded by its name when it is called (program.ts).
 */
export async function listFixes(world: World, options: CommonOptions): Promise<number> {
  return withHistory(world, options, async (project, backend) => {
    const healing = await backend.healing();
    await healing.reconcile(backend.healedProject);
    const fixes = await healing.fixes(project.location.projectId, MOST_LISTED);
    if (options.json) sayData(world, fixes);
    else if (fixes.length === 0) say(world, 'No fix was proposed yet: "e2e autonomous-run" proposes them for flaky tests.');
    else for (const fix of fixes) world.stdout.write(`${lineOf(fix)}\n`);
    return 0;
  });
}

/**
 * `e2e fix show ID`: the patch on stdout, so that it can be piped into `git apply`; the proof on stderr.
 * @public Loaded by its name when it is called (program.ts).
 */
export async function showFix(world: World, id: string, options: CommonOptions): Promise<number> {
  return withHistory(world, options, async (project, backend) => {
    const fix = await findFix(backend, project.location.projectId, id);
    if (options.json) sayData(world, fix);
    else {
      say(
        world,
        `${lineOf(fix)}\n${fix.guards.map(({ guard, ok, evidence }) => `  ${ok ? 'held ' : 'broke'} ${guard.replaceAll('_', ' ')}: ${plainText(evidence)}`).join('\n')}`,
      );
      world.stdout.write(fix.patch.endsWith('\n') ? fix.patch : `${fix.patch}\n`);
    }
    return 0;
  });
}

/**
 * `e2e fix apply ID`: applies a proven fix, by a person's decision.
 * @public Loaded by its name when it is called (program.ts).
 */
export async function applyFix(world: World, id: string, options: CommonOptions): Promise<number> {
  return withHistory(world, options, async (_project, backend) => {
    const fix = await (await backend.healing()).apply(backend.healedProject, id, userInfo().username);
    if (options.json) sayData(world, fix);
    else say(world, `Applied ${fix.id} to ${fix.file}: ${plainText(fix.title)}. Undo: e2e fix revert ${fix.id}. Next: e2e autonomous-run`);
    return 0;
  });
}

/**
 * `e2e fix revert ID`: puts the file back as it was.
 * @public Loaded by its name when it is called (program.ts).
 */
export async function revertFix(world: World, id: string, options: CommonOptions & { readonly reason: string }): Promise<number> {
  return withHistory(world, options, async (project, backend) => {
    const healing = await backend.healing();
    const before = (await healing.fixes(project.location.projectId, MOST_LISTED)).find((one) => one.id === id);
    const fix = await healing.revert(backend.healedProject, id, options.reason);
    if (options.json) sayData(world, fix);
    else if (before?.status === 'reverted') {
      const { at, reason } = fix.undone ?? {};
      const when = at === undefined ? '' : ` on ${at.slice(0, 16).replace('T', ' ')} UTC`;
      say(world, `Fix ${fix.id} was reverted already${when}${reason === undefined ? '' : ` (${plainText(reason)})`}: nothing was changed.`);
    } else say(world, `Reverted ${fix.id}: ${fix.file} is as it was before.`);
    return 0;
  });
}

async function findFix(backend: Backend, projectId: string, id: string): Promise<Fix> {
  const healing = await backend.healing();
  await healing.reconcile(backend.healedProject);
  const fix = (await healing.fixes(projectId, MOST_LISTED)).find((one) => one.id === id);
  if (!fix) throw new DomainError('fix-unknown', `This project has no fix ${id}: "e2e fix list" names them.`, 404);
  return fix;
}

/** What became of a fix because somebody put its file back, or has its text again. */
export function changedByHand({ id, file, status, undone }: Fix): string {
  return undone
    ? `Fix ${id} does not stand any more: ${plainText(undone.reason)}.`
    : `Fix ${id} is ${status} again: ${plainText(file)} has its text.`;
}

function lineOf({ id, status, confidence, pattern, file, title, undone }: Fix): string {
  return `${id}  ${status.padEnd(8)}  ${percent(confidence).padStart(9)}  ${pattern.replaceAll('_', ' ')}  ${plainText(file)}  ${plainText(title)}${undone ? `  (${status === 'reverted' ? 'reverted' : 'does not stand any more'}: ${plainText(undone.reason)})` : ''}`;
}
