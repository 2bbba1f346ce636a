import { conditionsInWords, systemWasAway } from '@testimony/contracts';
import type { Attempt, Evidence } from '@testimony/contracts';
import { count, duration, firstLine, percent, plainText } from '../terminal/plain-text';
import { painter, sayData, wantsColour } from '../terminal/world';
import type { Paint, World } from '../terminal/world';
import { madeEarlier } from '../report/run-report';
import type { ReportedTest } from '../report/run-report';
import { findExecution, findTest, storedReport } from './find-execution';
import type { CommonOptions } from './options';
import { withHistory } from './with-history';

/**
 * `e2e explain TEST`: the chain from the attempts to the verdict, with the numbers.
 * @public Loaded by its name when it is called (program.ts).
 */
export async function explain(world: World, test: string, options: CommonOptions & { readonly executionId?: string }): Promise<number> {
  return withHistory(world, options, async (project, backend) => {
    const execution = await findExecution(backend, project.location.projectId, options.executionId);
    const report = await storedReport(world, project, backend, execution);
    const found = findTest(report, test);
    if (options.json) {
      const { result, plan, analysis, fixes, quarantine } = found;
      sayData(world, {
        executionId: execution.id,
        test: plan ?? null,
        result,
        analysis: analysis ?? null,
        fixes,
        quarantine: quarantine ?? null,
      });
      return 0;
    }
    const paint = painter(wantsColour(world.environment, world.stdout));
    world.stdout.write(`${explanation(found, execution.id, paint).join('\n')}\n`);
    return 0;
  });
}

function explanation(test: ReportedTest, executionId: string, paint: Paint): string[] {
  const { result, plan, analysis, fixes, quarantine } = test;
  const { decision } = result;
  const part = (title: string, lines: readonly string[]): string[] =>
    lines.length > 0 ? ['', paint('bold', title), ...lines.map((line) => `  ${line}`)] : [];
  return [
    `${paint('bold', plainText(`${test.service} › ${test.name}`))}  ${plainText(test.file)}`,
    `${result.status}${decision?.label && decision.label !== result.status ? ` (${decision.intermittent ? 'intermittently ' : ''}${decision.label})` : ''} in execution ${executionId}: ${plainText(result.reason)}`,
    ...part(
      'Why it ran when it did',
      plan
        ? [
            `${plan.priority}, risk ${plan.metadata.risk.toFixed(2)}`,
            ...plan.riskFactors.map((f) => `${signed(f.weight)}  ${plainText(f.reason)}`),
          ]
        : [],
    ),
    ...part('What was tried', result.attempts.map(attemptLine)),
    ...part('What the verdict rests on', [...numbers(test), ...evidenceLines(decision?.evidence ?? [])]),
    ...part(
      'What its source shows',
      (plan?.metadata.prior?.patterns ?? []).map(
        ({ pattern, line, probability }) => `${pattern.replaceAll('_', ' ')} at line ${line} (${percent(probability)})`,
      ),
    ),
    ...part(
      'Cause',
      analysis
        ? [
            `${analysis.classification.class} failure (${percent(analysis.classification.probability)})`,
            ...analysis.causes.flatMap((cause) => [
              `${percent(cause.probability)}  ${plainText(cause.summary)}`,
              ...evidenceLines(cause.evidence).map((line) => `     ${line}`),
            ]),
            ...(analysis.moreInformationNeeded
              ? [
                  `More information needed: ${plainText(analysis.moreInformationNeeded.why)} ${plainText(analysis.moreInformationNeeded.experiment)}`,
                ]
              : []),
            ...analysis.suggestions.map((one) => `Suggestion (${one.risk} risk): ${plainText(one.text)}`),
          ]
        : [],
    ),
    ...part(
      'Healing',
      fixes.flatMap((fix) => [
        `${fix.id} ${fix.status} (${percent(fix.confidence)}): ${plainText(fix.title)}${madeEarlier(fix, executionId)}`,
        ...(fix.undone ? [`     undone on ${fix.undone.at.slice(0, 10)}: ${plainText(fix.undone.reason)}`] : []),
        ...fix.guards.map(
          ({ guard, ok, evidence }) => `     ${ok ? 'held' : 'broke'}  ${guard.replaceAll('_', ' ')}: ${plainText(evidence)}`,
        ),
      ]),
    ),
    ...part(
      'Quarantine',
      quarantine ? [`${plainText(quarantine.owner)}, until ${quarantine.until.slice(0, 10)}: ${plainText(quarantine.reason)}`] : [],
    ),
  ];
}

function attemptLine(attempt: Attempt): string {
  const { failure, reason } = attempt;
  const why = failure ? `: ${failure.class}, ${firstLine(failure.message, 200)}` : reason ? `: ${firstLine(reason, 200)}` : '';
  const away = systemWasAway(attempt) ? ' (the system under test was away: this says nothing about the test)' : '';
  return `${attempt.attempt}  ${attempt.outcome}  ${conditionsInWords(attempt.conditions)}, ${duration(attempt.durationMs)}${why}${away}`;
}

function numbers({ result: { decision } }: ReportedTest): string[] {
  if (!decision) return [];
  const { flakiness, base } = decision;
  return [
    `${decision.failed} of ${count(decision.runs, 'attempt')} failed`,
    ...(base ? [`${base.failed} of ${count(base.runs, 'attempt')} failed against the base revision, under the same conditions`] : []),
    ...(flakiness
      ? [
          `flaky with probability ${percent(flakiness.probability)}; it fails ${percent(flakiness.rate)} of the time (95 %: ${percent(flakiness.low)} to ${percent(flakiness.high)})`,
        ]
      : []),
  ];
}

function evidenceLines(evidence: readonly Evidence[]): string[] {
  return evidence.map(({ fact, weight }) => `${signed(weight)}  ${plainText(fact)}`);
}

function signed(weight: number): string {
  return `${weight < 0 ? '-' : '+'}${Math.abs(weight).toFixed(2)}`;
}
