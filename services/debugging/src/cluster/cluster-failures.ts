import { requestShape, type Cause, type Cluster, type FailureClass } from '@testimony/contracts';
import { createHash } from 'node:crypto';
import { wordsAlike } from './words-alike';

export interface FailureToCluster {
  readonly testId: string;
  readonly class: FailureClass;
  readonly message: string;
  readonly request?: { readonly method: string; readonly url: string };
  readonly causes: readonly Cause[];
  /** When it met no answer, in ms since 1970; undefined when it met one. */
  readonly awayAt?: number;
}

/** Two failures are of one place when each of them points there more than anywhere else. */
const POINTS_THERE = 0.5;
/** An outage hits what is under way: failures without an answer that follow one another within this are one. */
const BURST_GAP_MS = 10_000;
const MIN_BURST = 3;

interface Link {
  readonly key: string;
  readonly sentence: string;
}

/** Failures of one execution that have one cause: the same kind of answer to the same request, the same line of code, or the same moment without answers. Ids follow from what they share. */
export function clusterFailures(projectId: string, failures: readonly FailureToCluster[]): Cluster[] {
  const links = failures.map((failure) => linksOf(failure));
  for (const burst of bursts(failures)) for (const at of burst.members) links[at]?.push(burst.link);
  const parent = failures.map((_, at) => at);
  const rootOf = (at: number): number => {
    let root = at;
    while (parent[root] !== root) root = parent[root] ?? root;
    return root;
  };
  const first = new Map<string, number>();
  for (const [at, some] of links.entries())
    for (const { key } of some) {
      const other = first.get(key);
      if (other === undefined) first.set(key, at);
      else parent[rootOf(at)] = rootOf(other);
    }
  const members = new Map<number, number[]>();
  for (const at of failures.keys()) members.set(rootOf(at), [...(members.get(rootOf(at)) ?? []), at]);
  return [...members.values()]
    .filter((some) => some.length > 1)
    .map((some): Cluster => {
      const shared = mostShared(some.flatMap((at) => links[at] ?? []));
      return {
        id: `clu_${createHash('sha256').update(`${projectId}\n${shared.key}`).digest('hex').slice(0, 20)}`,
        cause: `${some.length} tests: ${shared.sentence}`,
        class: mostFrequent(some.map((at) => failures[at]?.class ?? 'other')),
        testIds: some.map((at) => failures[at]?.testId ?? '').sort(),
      };
    })
    .sort((a, b) => b.testIds.length - a.testIds.length || (a.id < b.id ? -1 : 1));
}

function linksOf({ class: kind, message, request, causes }: FailureToCluster): Link[] {
  const shape = request ? requestShape(request.method, request.url) : undefined;
  const alike = wordsAlike(message);
  const links: Link[] = [];
  // Without a request two assertions may sound the same by chance.
  if (shape !== undefined)
    links.push({ key: `answer ${shape} ${kind} ${alike}`, sentence: `${shape} gave the same failure each time (${kind}): ${alike}` });
  else if (kind !== 'assertion')
    links.push({ key: `message ${kind} ${alike}`, sentence: `the same failure each time (${kind}): ${alike}` });
  const top = causes.find((cause) => cause.kind !== 'unknown');
  if (top && top.probability >= POINTS_THERE && top.file !== undefined && (top.kind === 'changed_code' || top.kind === 'product_code'))
    links.push({
      key: `code ${top.file}:${top.line ?? ''}`,
      sentence: `each points to ${top.file}${top.line === undefined ? '' : `:${top.line}`}`,
    });
  return links;
}

function bursts(failures: readonly FailureToCluster[]): { readonly link: Link; readonly members: readonly number[] }[] {
  const away = failures.flatMap(({ awayAt }, at) => (awayAt === undefined ? [] : [{ at, time: awayAt }])).sort((a, b) => a.time - b.time);
  const groups: { at: number; time: number }[][] = [];
  for (const each of away) {
    const last = groups.at(-1);
    if (last && each.time - (last.at(-1)?.time ?? 0) <= BURST_GAP_MS) last.push(each);
    else groups.push([each]);
  }
  return groups
    .filter((group) => group.length >= MIN_BURST)
    .map((group, nth) => ({
      link: {
        key: `burst ${nth + 1}`,
        sentence: `no answer came from ${new Date(group[0]?.time ?? 0).toISOString()} on, within ${Math.ceil(((group.at(-1)?.time ?? 0) - (group[0]?.time ?? 0)) / 1000)} s`,
      },
      members: group.map(({ at }) => at),
    }));
}

function mostShared(links: readonly Link[]): Link {
  const counts = new Map<string, { readonly link: Link; count: number }>();
  for (const link of links) {
    const known = counts.get(link.key);
    if (known) known.count++;
    else counts.set(link.key, { link, count: 1 });
  }
  const [best] = [...counts.values()].sort((a, b) => b.count - a.count || (a.link.key < b.link.key ? -1 : 1));
  return best?.link ?? { key: '', sentence: '' };
}

function mostFrequent(classes: readonly FailureClass[]): FailureClass {
  const counts = new Map<FailureClass, number>();
  for (const each of classes) counts.set(each, (counts.get(each) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]?.[0] ?? 'other';
}
