import type { ChangedFile, Hunk } from '@testimony/code-analysis';
import type { Evidence } from '@testimony/contracts';
import type { FailureFacts } from '../failure/failure-facts';
import { wordsOf } from '../failure/words';
import { reachOf, sharedWords, spectrumEvidence, type ReachedEndpoint } from './code-evidence';
import type { Hypothesis } from './hypothesis';
import { changesWordingOnly, isWrittenByUs, kindOfFile, meansNothing, type FileKind } from './meaning-of-change';
import type { Spectrum } from './spectrum';

/** What is known of the changes since the failing test last passed. */
export interface ChangesToWeigh {
  readonly files: readonly ChangedFile[];
  /** Since when, as a sentence says it: `its last pass at 3f2a91c`. */
  readonly since: string;
  /** Of the failing test's service, project-relative; undefined where it is not known. */
  readonly serviceRoot?: string;
  /** The commit that a line is from, if it is known. */
  readonly commitOf: (file: string, line: number) => string | undefined;
}

/** A change since the last pass is behind most tests that begin to fail; how it moves with the verdict is in `circumstances`. */
const PRIOR = 1;
const OF_KIND: Readonly<Record<FileKind, number>> = { source: 0, test: -1, settings: -0.6, packages: -1, prose: -3.5 };
const NO_MEANING = -3;
/** An assertion on the sentence itself shows by the words that both share. */
const WORDING_ONLY = -1.5;
const NAMED_IN_FAILURE = 3;
const NEWEST = 0.2;
const UNCOMMITTED = 0.3;
/** A change of 1,000 lines has ten times this more room for a fault than one of one line: log2. */
const EACH_DOUBLING = 0.06;
/** Each file's words are compared; a change of more is a bulk change, of which the first say as much. */
const MAX_FILES = 300;

/** One hypothesis for each changed file that the failure could come from. `extra`: what speaks for or against changed code as a whole. */
export function changedCode(
  facts: FailureFacts,
  changes: ChangesToWeigh,
  endpoints: readonly ReachedEndpoint[],
  spectrum: (file: string) => Spectrum,
  extra: readonly Evidence[],
): Hypothesis[] {
  const testFile = facts.test?.module;
  const files = changes.files
    .filter((file) => file.path !== testFile && kindOfFile(file.path) !== 'test' && !isWrittenByUs(file.path) && !isLeftBehind(file))
    .slice(0, MAX_FILES);
  const words = files.map((file) => wordsOfChange(file.hunks));
  const newest = Math.max(...files.flatMap(({ commits }) => commits.map(({ at }) => at.getTime())));
  const serious = files.filter(({ path }) => kindOfFile(path) === 'source').length;
  const prior = PRIOR - Math.log(Math.max(1, serious));
  const crossCutting = ['authentication', 'authorization', 'validation', 'other'].includes(facts.class);
  const text = `${facts.message}\n${facts.attempt?.failure?.stack ?? ''}\n${facts.attempt?.logs.join('\n') ?? ''}\n${facts.request?.responseBody ?? ''}`;

  return files.map((file, at): Hypothesis => {
    const kind = kindOfFile(file.path);
    const meaningful = file.hunks.filter((hunk) => !meansNothing(hunk, file.path));
    const hunks = meaningful.length > 0 ? meaningful : file.hunks;
    const sameService = changes.serviceRoot === undefined || changes.serviceRoot === '' || file.path.startsWith(`${changes.serviceRoot}/`);
    const reach = kind === 'source' ? reachOf(file.path, hunks, endpoints, { sameService, crossCutting }) : undefined;
    const best = bestHunk(hunks, facts.words, reach?.code);
    const line = best?.lines.from;
    const hash =
      (line === undefined ? undefined : changes.commitOf(file.path, line)) ?? (file.uncommitted ? 'uncommitted' : file.commits[0]?.hash);
    const commit = file.commits.find((each) => each.hash === hash);
    const lines = hunks.reduce((sum, { added, removed }) => sum + Math.max(added.length, removed.length), 0);
    const isNewest = commit !== undefined && commit.at.getTime() === newest;
    const evidence: (Evidence | undefined)[] = [
      {
        fact: `changed since ${changes.since}: ${lines} ${lines === 1 ? 'line' : 'lines'} of ${file.path}`,
        weight: EACH_DOUBLING * Math.log2(1 + lines),
      },
      reach?.evidence,
      sharedWords(words[at] ?? new Set(), facts.words, words, 'the change'),
      spectrumEvidence(spectrum(file.path)),
      mentions(text, file.path) ? { fact: 'the failure names this file', weight: NAMED_IN_FAILURE } : undefined,
      kind === 'source'
        ? undefined
        : { fact: `it holds ${kind === 'packages' ? 'packages and their versions' : kind}, not code`, weight: OF_KIND[kind] },
      file.hunks.length > 0 && meaningful.length === 0
        ? { fact: 'only comments, blanks or the order of imports changed', weight: NO_MEANING }
        : undefined,
      meaningful.length > 0 && meaningful.every(changesWordingOnly)
        ? { fact: 'only the wording of messages changed', weight: WORDING_ONLY }
        : undefined,
      hash === 'uncommitted' ? { fact: 'the change is not committed yet', weight: UNCOMMITTED } : undefined,
      isNewest ? { fact: 'it is the newest change', weight: NEWEST } : undefined,
      ...extra,
    ];
    const who = commit
      ? ` by ${commit.hash.slice(0, 7)} "${withoutSecrets(commit.subject)}"`
      : hash === 'uncommitted'
        ? ' and not committed yet'
        : '';
    return {
      kind: kind === 'packages' ? 'dependency' : 'changed_code',
      summary: `${file.path}${line === undefined ? '' : `:${line}`} was ${file.deleted ? 'deleted' : 'changed'}${who} since ${changes.since}${reach?.code && reach.endpoint ? `, and ${reach.endpoint.shape} runs it` : ''}.`,
      file: file.path,
      ...(line !== undefined && !file.deleted && { line }),
      ...(commit && { commit: commit.hash }),
      prior,
      evidence: evidence.filter((each) => each !== undefined),
    };
  });
}

/** New prose that was never committed: a log or note that a program or person left in the folder, which no product reads. */
function isLeftBehind({ path, commits, uncommitted, deleted, renamedFrom, hunks }: ChangedFile): boolean {
  const isNew =
    uncommitted && !deleted && commits.length === 0 && renamedFrom === undefined && hunks.every(({ removed }) => removed.length === 0);
  return isNew && kindOfFile(path) === 'prose';
}

/** What came or went counts; what stands on both sides was there before. */
function wordsOfChange(hunks: readonly Hunk[]): Set<string> {
  const words = new Set<string>();
  for (const { added, removed } of hunks) {
    const after = wordsOf(added.join('\n'));
    const before = wordsOf(removed.join('\n'));
    // The line that changed is about what it names, also where only an operator changed.
    for (const word of [...after, ...before]) words.add(word);
  }
  return words;
}

function bestHunk(
  hunks: readonly Hunk[],
  words: ReadonlyMap<string, number>,
  code: { readonly from: number; readonly to: number } | undefined,
): Hunk | undefined {
  const score = ({ lines, added, removed }: Hunk): number => {
    const shared = [...wordsOf([...added, ...removed].join('\n'))].reduce((sum, word) => sum + (words.get(word) ?? 0), 0);
    return Math.min(3, shared) + (code && lines.from <= code.to && lines.to >= code.from ? 4 : 0);
  };
  return hunks.toSorted((a, b) => score(b) - score(a))[0];
}

function mentions(text: string, path: string): boolean {
  const name = path.replace(/\.[cm]?[jt]sx?$/, '');
  return text.includes(path) || (name.includes('/') && text.includes(`${name}.`));
}

/** Passwords in addresses are the one secret that subjects of commits are known to hold. */
export function withoutSecrets(text: string): string {
  return text.replace(/\/\/[^\s/@:]+:[^\s/@]+@/g, '//***@');
}
