import { isAbsolute } from 'node:path';
import { conditionsInWords } from '@testimony/contracts';
import type { Attempt, Evidence, RiskFactor } from '@testimony/contracts';
import { cut, firstLine, percent, plainText } from '../../terminal/plain-text';
import { concluded, firstFailure, isExcused, reportedTests, STATUS_WORDS, wallMs } from '../run-report';
import type { ReportedTest, RunReport } from '../run-report';

/** A page over 5 MB opens slowly and is refused by mail and chat; the template takes the difference. */
export const LARGEST_DATA = 4_800_000;
const MOST_UNCOVERED = 200;
const MOST_PROBLEMS = 100;
const MOST_REQUESTS = 50;
const MOST_LOG_LINES = 200;
const LONGEST_LINE = 500;
const LONGEST_BODY = 4000;
const LONGEST_STACK = 8000;

type Json = Record<string, unknown>;

/**
 * What the page draws, as JSON text of at most `LARGEST_DATA` bytes. Facts of every test come first, then evidence
 * (requests, logs, stacks) is added, the worst tests first, as long as there is room; what is left out is counted.
 */
export function pageData(report: RunReport, artifactBase?: string): string {
  const { strategy, execution } = report;
  const { status, quarantinedFailing } = concluded(report);
  const tests = reportedTests(report);
  const factors = factorTable();
  const rank = new Map(strategy.executionOrder.map((id, index) => [id, index]));
  const rows = tests.map((test) => JSON.stringify(facts(test, execution.id, rank.get(test.result.testId) ?? tests.length, factors.number)));
  const uncovered = strategy.coverageTargets.uncovered;
  const starts = execution.results.flatMap(({ startedAt }) => (startedAt ? [startedAt] : [])).toSorted();
  const head: Json = {
    project: report.project.name,
    strategy: { id: strategy.id, name: strategy.name },
    executionId: execution.id,
    status,
    statusWords: STATUS_WORDS[status],
    ...(quarantinedFailing.length > 0 ? { quarantinedFailing: quarantinedFailing.length } : {}),
    summary: execution.summary,
    startedAt: starts[0],
    wallMs: wallMs(execution),
    generatedAt: report.generatedAt,
    problems: report.problems.slice(0, MOST_PROBLEMS).map((problem) => cut(plainText(problem), LONGEST_LINE)),
    coverage: {
      endpoints: strategy.coverageTargets.endpoints,
      covered: strategy.coverageTargets.endpointsCovered,
      uncovered: uncovered.slice(0, MOST_UNCOVERED),
      more: Math.max(0, uncovered.length - MOST_UNCOVERED),
    },
    factors: factors.list,
    clusters: (report.debug?.clusters ?? [])
      .filter(({ testIds }) => testIds.length > 1)
      .slice(0, MOST_PROBLEMS)
      .map(({ cause, testIds }) => ({ cause: cut(plainText(cause), LONGEST_LINE), tests: testIds.length })),
  };

  // Escaping "<" makes text longer by up to six times: sizes are those of the escaped text.
  const size = (text: string): number => Buffer.byteLength(forScript(text)) + 1;
  let room = LARGEST_DATA - size(JSON.stringify(head)) - 200;
  let kept = 0;
  while (kept < rows.length && room - size(rows[kept] as string) > 0) room -= size(rows[kept++] as string);

  // Room for saying, in each row, that its evidence is elsewhere.
  room -= kept * ',"evidenceLeftOut":true'.length;
  let evidenceLeftOut = 0;
  for (let index = 0; index < kept; index++) {
    const test = tests[index] as ReportedTest;
    const evidence = test.result.attempts.map((attempt) => evidenceOf(attempt, artifactBase));
    if (evidence.every((part) => Object.keys(part).length === 0)) continue;
    const row = JSON.parse(rows[index] as string) as Json & { attempts: Json[] };
    const full = JSON.stringify({ ...row, attempts: row.attempts.map((attempt, n) => ({ ...attempt, ...evidence[n] })) });
    const more = size(full) - size(rows[index] as string);
    if (more <= room) {
      room -= more;
      rows[index] = full;
    } else {
      evidenceLeftOut += 1;
      rows[index] = JSON.stringify({ ...row, evidenceLeftOut: true });
    }
  }
  const tail = JSON.stringify({ ...head, evidenceLeftOut, testsLeftOut: rows.length - kept });
  return forScript(`${tail.slice(0, -1)},"tests":[${rows.slice(0, kept).join(',')}]}`);
}

/** JSON that cannot end the script element it stands in, nor be read as markup by anything. */
function forScript(json: string): string {
  return json
    .replaceAll('<', '\\u003c')
    .replaceAll('>', '\\u003e')
    .replaceAll('&', '\\u0026')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}

/** Many tests share their reasons ("no authentication", "GET"): each stands once, tests name its number. */
function factorTable(): { list: Json[]; number: (factor: RiskFactor) => number } {
  const list: Json[] = [];
  const numbers = new Map<string, number>();
  return {
    list,
    number: (factor) => {
      const key = JSON.stringify([factor.factor, factor.weight, factor.reason]);
      const known = numbers.get(key);
      if (known !== undefined) return known;
      numbers.set(key, list.length);
      list.push({ factor: plainText(factor.factor), weight: factor.weight, reason: cut(plainText(factor.reason), 300) });
      return list.length - 1;
    },
  };
}

function facts(test: ReportedTest, executionId: string, rank: number, factorNumber: (factor: RiskFactor) => number): Json {
  const { result, plan } = test;
  const uncertain = result.status === 'lost' || result.status === 'skipped';
  const cause = uncertain ? result.reason : (firstFailure(result)?.failure?.message ?? result.errorMessage);
  return {
    id: result.testId,
    name: cut(plainText(test.name), 300),
    service: plainText(test.service),
    file: plainText(test.file),
    status: result.status,
    reason: cut(plainText(result.reason), 1000),
    durationMs: Math.round(result.durationMs),
    rank,
    ...(cause ? { cause: firstLine(cause, 240) } : {}),
    ...(plan
      ? {
          line: plan.metadata.line,
          framework: plan.metadata.framework,
          type: plan.testType,
          priority: plan.priority,
          risk: Math.round(plan.metadata.risk * 1000) / 1000,
          factors: plan.riskFactors.map(factorNumber),
          ...(plan.description && plan.description !== plan.name ? { description: cut(plainText(plan.description), 500) } : {}),
          ...filled('tags', plan.tags),
          ...filled('endpoints', plan.metadata.endpoints.slice(0, 20)),
          ...filled('dependencies', plan.dependencies.slice(0, 20)),
        }
      : {}),
    ...aboutDecision(test, executionId),
    attempts: result.attempts.map((attempt) => ({
      attempt: attempt.attempt,
      outcome: attempt.outcome,
      conditions: conditionsInWords(attempt.conditions),
      workerId: attempt.workerId,
      startedAt: attempt.startedAt,
      durationMs: Math.round(attempt.durationMs),
      ...(attempt.reason ? { reason: cut(plainText(attempt.reason), 500) } : {}),
    })),
  };
}

const MOST_EVIDENCE = 12;
const MOST_CAUSES = 5;
const LONGEST_PATCH = 6000;

/** The numbers behind the verdict, what debugging says of the cause, and what healing did. */
function aboutDecision(test: ReportedTest, executionId: string): Json {
  const { result, analysis, fixes, quarantine } = test;
  const { decision } = result;
  const evidence = (list: readonly Evidence[]): Json[] =>
    list.slice(0, MOST_EVIDENCE).map(({ fact, weight }) => ({ fact: cut(plainText(fact), 300), weight: Math.round(weight * 100) / 100 }));
  return {
    ...(decision?.label ? { label: decision.label } : {}),
    ...(decision?.intermittent ? { intermittent: true } : {}),
    ...(decision?.flakiness ? { flakiness: shares(decision.flakiness) } : {}),
    ...(decision?.base ? { base: decision.base } : {}),
    ...filled('evidence', evidence(decision?.evidence ?? [])),
    ...(analysis
      ? {
          analysis: {
            class: analysis.classification.class,
            probability: percent(analysis.classification.probability),
            causes: analysis.causes.slice(0, MOST_CAUSES).map((cause) => ({
              ...cause,
              probability: percent(cause.probability),
              summary: cut(plainText(cause.summary), 500),
              evidence: evidence(cause.evidence),
            })),
            ...(analysis.moreInformationNeeded ? { more: cut(plainText(analysis.moreInformationNeeded.experiment), 500) } : {}),
            suggestions: analysis.suggestions.slice(0, MOST_CAUSES).map((one) => ({ ...one, text: cut(plainText(one.text), 500) })),
          },
        }
      : {}),
    ...filled(
      'fixes',
      fixes.slice(0, MOST_CAUSES).map(({ id, status, pattern, title, file, confidence, guards, patch, executionId: madeIn, undone }) => ({
        id,
        status,
        // The proof of an earlier run that this one took up.
        ...(madeIn !== undefined && madeIn !== executionId ? { madeIn } : {}),
        pattern,
        title: cut(plainText(title), 300),
        file: plainText(file),
        confidence: percent(confidence),
        ...(undone ? { undone: cut(plainText(undone.reason), 300) } : {}),
        guards: guards.map(({ guard, ok, evidence: found }) => ({ guard, ok, evidence: cut(plainText(found), 300) })),
        patch: cut(plainText(patch), LONGEST_PATCH),
      })),
    ),
    ...(quarantine
      ? {
          quarantine: `owner ${plainText(quarantine.owner)}, expires ${quarantine.until.slice(0, 10)}: ${cut(plainText(quarantine.reason), 300)}`,
          ...(isExcused(test) ? { excused: true } : {}),
        }
      : {}),
  };
}

/** In the words that every report uses for a share. */
function shares(values: Readonly<Record<string, number>>): Json {
  return Object.fromEntries(Object.entries(values).map(([name, share]) => [name, percent(share)]));
}

function evidenceOf(attempt: Attempt, artifactBase: string | undefined): Json {
  const { failure } = attempt;
  return {
    ...(failure
      ? {
          failure: {
            ...failure,
            message: cut(plainText(failure.message), 2000),
            stack: optional(failure.stack, LONGEST_STACK),
            expected: optional(failure.expected, LONGEST_BODY),
            actual: optional(failure.actual, LONGEST_BODY),
          },
        }
      : {}),
    ...filled(
      'requests',
      attempt.requests.slice(0, MOST_REQUESTS).map((request) => ({
        ...request,
        url: cut(plainText(request.url), LONGEST_LINE),
        durationMs: Math.round(request.durationMs),
        requestBody: optional(request.requestBody, LONGEST_BODY),
        responseBody: optional(request.responseBody, LONGEST_BODY),
      })),
    ),
    ...(attempt.requests.length > MOST_REQUESTS ? { requestsCut: attempt.requests.length - MOST_REQUESTS } : {}),
    ...filled(
      'logs',
      attempt.logs.slice(0, MOST_LOG_LINES).map((line) => cut(plainText(line), LONGEST_LINE)),
    ),
    ...(attempt.logs.length > MOST_LOG_LINES ? { logsCut: attempt.logs.length - MOST_LOG_LINES } : {}),
    ...filled(
      'artifacts',
      attempt.artifacts.map((artifact) => ({
        name: plainText(artifact.name),
        path: plainText(artifact.path),
        ...hrefOf(artifact.path, artifactBase),
      })),
    ),
  };
}

/** A link is made of a path below the artifact folder only: a path from a test must not become a `javascript:` address. */
function hrefOf(path: string, base: string | undefined): Json {
  if (base === undefined || isAbsolute(path) || path.split(/[\\/]/).includes('..')) return {};
  return { href: `${base}/${path.split('/').map(encodeURIComponent).join('/')}` };
}

function optional(text: string | undefined, longest: number): string | undefined {
  return text === undefined ? undefined : cut(plainText(text), longest);
}

function filled(key: string, list: readonly unknown[]): Json {
  return list.length > 0 ? { [key]: list } : {};
}
