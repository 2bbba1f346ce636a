import { DomainError, FailureAnalysed, FailuresClustered, type Analysis, type DebugReport } from '@testimony/contracts';
import { toNewEvents, type EventStore, type StoredEvent } from '@testimony/event-store';

const DEFINITIONS = [FailureAnalysed, FailuresClustered];
const PAGE = 500;
const streamOf = (executionId: string): string => `analysis-${executionId}`;

/** Stores an analysis whole: failure.analysed for each failure, then failures.clustered, which ends it. */
export async function recordAnalysis(store: EventStore, projectId: string, report: DebugReport, at: Date): Promise<void> {
  const { executionId, analyses, clusters } = report;
  const time = at.toISOString();
  const events = [
    ...analyses.map((analysis) => ({ type: FailureAnalysed.type, data: { projectId, ...analysis, at: time } })),
    { type: FailuresClustered.type, data: { projectId, executionId, clusters, at: time } },
  ];
  await store.append(streamOf(executionId), 'any', toNewEvents(DEFINITIONS, events, { correlation: executionId }));
}

/** The newest analysis of an execution. Throws a DomainError `analysis-unknown`. */
export async function readAnalysis(store: EventStore, executionId: string): Promise<DebugReport> {
  let under: Analysis[] = [];
  let newest: DebugReport | undefined;
  let version = 0;
  for (
    let page: StoredEvent[] = await store.readStream(streamOf(executionId), { limit: PAGE });
    page.length > 0;
    page = await store.readStream(streamOf(executionId), { afterVersion: version, limit: PAGE })
  ) {
    for (const event of page) {
      version = event.version;
      if (event.type === FailureAnalysed.type) {
        const { projectId: _project, at: _at, ...analysis } = FailureAnalysed.schema.parse(event.data);
        under.push(analysis);
      } else if (event.type === FailuresClustered.type) {
        newest = { executionId, analyses: under, clusters: FailuresClustered.schema.parse(event.data).clusters };
        under = [];
      }
    }
    if (page.length < PAGE) break;
  }
  if (newest) return newest;
  throw new DomainError(
    'analysis-unknown',
    `The execution ${executionId} was not analysed yet; do it with: e2e debug-execution -e ${executionId}`,
    404,
  );
}
