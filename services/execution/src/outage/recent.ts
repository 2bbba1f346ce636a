import type { Transaction } from '@testimony/event-store';
import type { Recent, Symptom } from './breaker';
import { isWell, startOf, type Made } from './signs';
import { READ_SYMPTOMS, READ_WELL } from './statements';

/** How far symptoms are looked back on: far more than a row needs. */
const MOST_SYMPTOMS = 500;

interface SymptomRow {
  readonly test_id: string;
  readonly attempt: number;
  readonly service: string;
  readonly symptom: Symptom['symptom'];
  readonly shape: string | null;
  readonly origin: string | null;
  readonly began_at: Date;
  readonly ended_at: Date;
  readonly set_aside: boolean;
}

/** What a run saw of its system lately, this report included. */
export async function recentOf(tx: Transaction, executionId: string, made: readonly Made[], tried: number): Promise<Recent> {
  const { rows } = await tx.query<SymptomRow>(READ_SYMPTOMS, [executionId, MOST_SYMPTOMS]);
  const symptoms = rows.map((row): Symptom => ({
    testId: row.test_id,
    attempt: row.attempt,
    service: row.service,
    symptom: row.symptom,
    shape: row.shape,
    origin: row.origin,
    beganAt: row.began_at,
    endedAt: row.ended_at,
    setAside: row.set_aside,
  }));
  const services = [...new Set(symptoms.map((s) => s.service))];
  const { rows: well } = await tx.query<{ service: string; at: Date | null }>(READ_WELL, [executionId, services]);
  const wellAt = new Map<string, Date>();
  const note = (service: string, at: Date): void => {
    if (at > (wellAt.get(service) ?? new Date(0))) wellAt.set(service, at);
  };
  for (const { service, at } of well) if (at) note(service, at);
  // Passes of this report are not stored yet.
  for (const { test, attempt } of made) {
    if (isWell(attempt)) note(test.service, new Date(startOf(attempt)));
  }
  return { symptoms, wellAt, tried };
}
