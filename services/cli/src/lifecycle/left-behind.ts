import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { endGroup, groupLives, identityOf } from './process-group';

// A started service may outlive an `e2e` that is killed by force together with its watchdog, and would keep its port.
// So each start is written down with who started it; the next run ends what belongs to a run that is dead.

const recordSchema = z.object({
  service: z.string(),
  pgid: z.number().int().min(2),
  identity: z.string(),
  owner: z.number().int(),
  ownerIdentity: z.string(),
});

export function remember(folder: string, service: string, pgid: number): void {
  const identity = identityOf(pgid);
  const ownerIdentity = identityOf(process.pid);
  if (identity === undefined || ownerIdentity === undefined) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${service}-${pgid}.json`), JSON.stringify({ service, pgid, identity, owner: process.pid, ownerIdentity }));
}

export function forget(folder: string, service: string, pgid: number): void {
  rmSync(join(folder, `${service}-${pgid}.json`), { force: true });
}

/** True when a run that lives has started this service. */
export function startedByLivingRun(folder: string, service: string): boolean {
  return filesOf(folder).some((file) => {
    const record = recordOf(join(folder, file));
    return record?.service === service && identityOf(record.owner) === record.ownerIdentity;
  });
}

/** Ends the services of runs that died without ending them. Returns their names. */
export async function endLeftBehind(folder: string, graceMs: number): Promise<string[]> {
  const ended: string[] = [];
  for (const file of filesOf(folder)) {
    const record = recordOf(join(folder, file));
    if (record && identityOf(record.owner) === record.ownerIdentity) continue;
    // A group's id is free again only when all of it is gone, so a leader that died must not hide its children.
    const leader = record && identityOf(record.pgid);
    if (record && groupLives(record.pgid) && (leader === undefined || leader === record.identity)) {
      await endGroup(record.pgid, graceMs);
      ended.push(record.service);
    }
    rmSync(join(folder, file), { force: true });
  }
  return ended;
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder).filter((file) => file.endsWith('.json'));
  } catch {
    return []; // Nothing was ever started here.
  }
}

function recordOf(file: string): z.infer<typeof recordSchema> | undefined {
  try {
    return recordSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data;
  } catch {
    return undefined; // Cut off in the middle of writing: whatever it meant cannot be known.
  }
}
