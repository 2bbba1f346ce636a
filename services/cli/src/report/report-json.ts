import { concluded } from './run-report';
import type { RunReport } from './run-report';

/**
 * The machine-readable report: everything, with every attempt. `version` grows when a reader could break; keys are
 * only added within a version. `tests` holds what the plan knew of each test id in `execution.results`.
 */
export function reportJson(report: RunReport): Record<string, unknown> {
  const { strategy, execution } = report;
  const ran = new Set(execution.results.map(({ testId }) => testId));
  return {
    format: 'testimony-report',
    version: 1,
    generatedAt: report.generatedAt,
    project: report.project,
    strategy: {
      id: strategy.id,
      name: strategy.name,
      description: strategy.description,
      targetServices: strategy.targetServices,
      createdAt: strategy.createdAt,
      plannedTests: strategy.testCases.length,
      totalEstimatedDurationMs: strategy.totalEstimatedDurationMs,
      coverageTargets: strategy.coverageTargets,
    },
    problems: report.problems,
    tests: strategy.testCases.filter(({ id }) => ran.has(id)),
    execution,
    conclusion: concluded(report),
    debug: report.debug ?? null,
    fixes: report.fixes,
    quarantined: report.quarantined,
  };
}
