import type { Conditions, WorkItem } from '@testimony/contracts';

/** What the statements that hand out return. */
export interface TakenRow {
  readonly lease_id: string;
  readonly test_id: string;
  readonly attempt: number;
  readonly framework: string;
  readonly conditions: Conditions;
  readonly service: string;
  readonly file: string;
  readonly title_path: string[];
  readonly timeout_ms: number;
}

export function workItem(row: TakenRow): WorkItem {
  return {
    leaseId: row.lease_id,
    testId: row.test_id,
    attempt: row.attempt,
    service: row.service,
    framework: row.framework,
    file: row.file,
    titlePath: row.title_path,
    timeoutMs: row.timeout_ms,
    conditions: row.conditions,
  };
}
