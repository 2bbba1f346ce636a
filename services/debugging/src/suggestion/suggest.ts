import type { Cause, Fix, Suggestion } from '@testimony/contracts';
import type { ReachedEndpoint } from '../cause/code-evidence';
import { withoutSecrets } from '../cause/changed-code';
import type { FailureFacts } from '../failure/failure-facts';

export interface Advice {
  readonly facts: FailureFacts;
  readonly causes: readonly Cause[];
  readonly fixes: readonly Fix[];
  readonly endpoints: readonly ReachedEndpoint[];
  /** What is known of a commit, and how long before now it was made. */
  readonly commitOf: (hash: string) => { readonly subject: string; readonly daysAgo: number } | undefined;
  /** Lines of the change that a place belongs to. */
  readonly rangeAt: (file: string, line: number) => { readonly from: number; readonly to: number } | undefined;
}

/** A cause below this is no reason to send somebody to a file. */
const WORTH_A_LOOK = 0.08;
const MAX_SUGGESTIONS = 5;

/** What to do, the most useful first. The risk is that of doing it: `low` only for what was proven, or for looking. */
export function suggestionsFor(advice: Advice): Suggestion[] {
  const { causes, facts, fixes } = advice;
  const ofFix = fixes
    .filter(({ testId, status }) => testId === facts.result.testId && status !== 'rejected' && status !== 'reverted')
    .map((fix): Suggestion => ({
      text: `${fix.title} (${fix.pattern.replaceAll('_', ' ')}; ${fix.status === 'applied' ? 'applied already' : fix.status === 'proven' ? `proven, confidence ${fix.confidence.toFixed(2)}` : 'not proven yet'}).`,
      file: fix.file,
      risk: fix.status === 'proven' || fix.status === 'applied' ? 'low' : 'medium',
      ...(fix.status === 'proven' && { fixId: fix.id }),
    }));
  const ofCauses = causes.filter(({ probability }) => probability >= WORTH_A_LOOK).flatMap((cause) => adviceOn(cause, advice));
  // A fix of the test is the first thing to do only where the test is to blame.
  const flakyFirst = causes.find(({ kind }) => kind !== 'unknown')?.kind === 'flaky';
  const all = flakyFirst ? [...ofFix, ...ofClass(facts), ...ofCauses] : [...ofClass(facts), ...ofCauses, ...ofFix];
  const seen = new Set<string>();
  return all.filter(({ text }) => !seen.has(text) && seen.add(text)).slice(0, MAX_SUGGESTIONS);
}

function adviceOn(cause: Cause, { facts, endpoints, commitOf, rangeAt }: Advice): Suggestion[] {
  const { kind, file, line, commit } = cause;
  const place = { ...(file !== undefined && { file }), ...(line !== undefined && { line }) };
  const at = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}`;
  const runner =
    file === undefined
      ? undefined
      : endpoints.find(({ code }) =>
          code.some((each) => each.file === file && (line === undefined || (each.from <= line && line <= each.to))),
        );
  switch (kind) {
    case 'changed_code': {
      if (file === undefined) return [];
      const known = commit === undefined ? undefined : commitOf(commit);
      const who =
        commit && known ? ` by ${commit.slice(0, 7)} "${withoutSecrets(known.subject)}" ${ago(known.daysAgo)}` : ' and is not committed';
      const range = line === undefined ? undefined : rangeAt(file, line);
      const where =
        range && range.to > range.from ? `the lines ${range.from}-${range.to}` : line === undefined ? 'what changed in it' : `line ${line}`;
      return [
        {
          text: `${at} was changed${who}${runner ? ` and is what ${runner.shape} runs` : ''}: look at ${where} of that change first.`,
          ...place,
          risk: 'high',
        },
      ];
    }
    case 'product_code':
      return file === undefined
        ? []
        : [
            {
              text: `${at} is what ${runner?.shape ?? 'the failing request'} runs: see there why "${cut(facts.message)}".`,
              ...place,
              risk: 'high',
            },
          ];
    case 'test_code':
      return [
        { text: `Look at the test${at ? ` (${at})` : ''}: ${cut(cause.evidence[0]?.fact ?? cause.summary)}.`, ...place, risk: 'medium' },
      ];
    case 'data_left_behind':
      return [
        {
          text: 'Let the test make its own data under names of its own (a random suffix), or remove what it made, so that neither order nor an earlier run matters.',
          ...testPlace(facts),
          risk: 'medium',
        },
      ];
    case 'flaky':
      return [
        {
          text: `Find what makes it flaky before it is believed again: e2e analyze-flaky ${facts.test?.module ?? ''} --dynamic`.trim(),
          ...place,
          risk: 'low',
        },
      ];
    case 'outage':
      return [{ text: 'Run it again when the system under test answers; see its own logs for why it was away.', risk: 'low' }];
    case 'environment':
      return [{ text: `See to the machine: ${cut(cause.evidence[0]?.fact ?? cause.summary)}.`, risk: 'low' }];
    case 'dependency':
      return [
        {
          text:
            file === undefined
              ? `See whether it answers: ${cut(cause.evidence[0]?.fact ?? cause.summary)}.`
              : `${file} changed: compare the versions before and after.`,
          ...place,
          risk: file === undefined ? 'low' : 'medium',
        },
      ];
    case 'unknown':
      return [];
    default:
      return kind satisfies never;
  }
}

function ofClass(facts: FailureFacts): Suggestion[] {
  const { request } = facts;
  if (facts.class === 'validation') {
    const field = fieldOf(request?.responseBody ?? '') ?? fieldOf(facts.message);
    if (field !== undefined && request)
      return [
        {
          text: `The service refuses the field "${field}" of ${request.method} ${pathOf(request.url)}: compare what the test sends with the rule for it, and see whether that rule changed.`,
          ...testPlace(facts),
          risk: 'medium',
        },
      ];
  }
  if (facts.class === 'authentication')
    return [
      {
        text: `The credentials were not accepted${request ? ` by ${request.method} ${pathOf(request.url)}` : ''}: see whether the token expired while the test ran (it took ${Math.round((facts.attempt?.durationMs ?? 0) / 100) / 10} s), then whether the check of it changed.`,
        ...testPlace(facts),
        risk: 'low',
      },
    ];
  return [];
}

/** The field that a refusal names: `email must be an email`, `{"field":"email"}`, `"path":["email"]`, `"loc":["body","email"]`. */
function fieldOf(text: string): string | undefined {
  const patterns = [
    /"(?:field|property|param)"\s*:\s*"([\w.[\]-]{1,60})"/,
    /"(?:path|loc)"\s*:\s*\[[^\]]*"([\w-]{1,60})"\s*\]/,
    /"instancePath"\s*:\s*"\/([\w/-]{1,60})"/,
    /\b([a-z_][\w.]{0,59}) (?:must|should|is required|is not|has to|cannot)\b/,
  ];
  for (const pattern of patterns) {
    const found = pattern.exec(text)?.[1];
    if (found !== undefined && !/^(?:it|value|body|request|this|that|which|status|response|field)$/.test(found)) return found;
  }
  return undefined;
}

function testPlace({ attempt, test }: FailureFacts): { file?: string; line?: number } {
  const file = attempt?.failure?.file ?? test?.module;
  const line = attempt?.failure?.line;
  return { ...(file !== undefined && { file }), ...(line !== undefined && { line }) };
}

function ago(days: number): string {
  return days < 1 ? 'today' : days < 2 ? 'a day ago' : `${Math.floor(days)} days ago`;
}

function pathOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname : (url.split('?', 1)[0] ?? '');
}

function cut(text: string): string {
  return (text.length > 140 ? `${text.slice(0, 140)}...` : text).replace(/\.$/, '');
}
