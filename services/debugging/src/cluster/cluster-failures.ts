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
/** An outage hits what is under way, and then whoever tries whether it is over: at most 8 s after the last, and that may take as long as a time limit. */
const OUTAGE_GAP_MS = 20_000;
const LEAST_IN_OUTAGE = 3;
/** One endpoint that answers 503 is the product; an outage takes several. */
const LEAST_SHAPES = 2;
/** What a system that goes away leaves behind: nobody listens, the connection breaks, a gateway finds nobody; or what the run said of its outage. */
const LOOKS_AWAY =
  /\bE(?:CONN(?:REFUSED|RESET|ABORTED)|PIPE|HOSTUNREACH|NETUNREACH|TIMEDOUT)\b|\bUND_ERR_SOCKET\b|socket hang up|other side closed|fetch failed|connection (?:refused|reset|aborted)|server disconnected|\b50[234]\b|did not answer|met errors or no answer in time/i;

interface Link {
  readonly key: string;
  readonly sentence: string;
  readonly outage?: boolean;
}

/** Failures of one execution that have one cause: the same kind of answer to the same request, the same line of code, or the same outage, whatever each of them saw of it. Ids follow from what they share. */
export function clusterFailures(projectId: string, failures: readonly FailureToCluster[]): Cluster[] {
  const links = failures.map((failure) => linksOf(failure));
  // What an outage did says nothing of what else it looks like: two outages look alike.
  for (const outage of outages(failures)) for (const at of outage.members) links[at] = [outage.link];
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

interface Outage {
  readonly link: Link;
  readonly members: readonly number[];
}

/** Failures that met nobody within one time, and those that look like it at the same address, whatever code each of them saw. */
function outages(failures: readonly FailureToCluster[]): Outage[] {
  const timed = timedOutages(failures);
  const inOne = new Set(timed.flatMap(({ members }) => members));
  const found = timed.map(({ link, members }) => ({ link, members: [...members] }));
  const byTarget = Map.groupBy(
    [...failures.keys()].filter((at) => !inOne.has(at) && failures[at] !== undefined && looksAway(failures[at])),
    (at) => targetOf(failures[at]) ?? '',
  );
  for (const [target, members] of byTarget) {
    if (target === '') continue;
    const there = (outage: Outage): number => outage.members.filter((at) => targetOf(failures[at]) === target).length;
    const likeliest = found.toSorted((a, b) => there(b) - there(a))[0];
    if (likeliest && there(likeliest) > 0) likeliest.members.push(...members);
    else if (members.length >= LEAST_IN_OUTAGE && shapesAt(members, failures) >= LEAST_SHAPES) {
      const sentence = `the outage of ${target}: it did not answer, or a gateway found nobody there`;
      found.push({ link: { key: `outage ${target}`, sentence, outage: true }, members });
    }
  }
  return found;
}

function timedOutages(failures: readonly FailureToCluster[]): Outage[] {
  const away = failures
    .flatMap((failure, at) => (failure.awayAt === undefined || !fellInto(failure) ? [] : [{ at, time: failure.awayAt }]))
    .sort((a, b) => a.time - b.time);
  const groups: { at: number; time: number }[][] = [];
  for (const each of away) {
    const last = groups.at(-1);
    if (last && each.time - (last.at(-1)?.time ?? 0) <= OUTAGE_GAP_MS) last.push(each);
    else groups.push([each]);
  }
  return groups
    .filter((group) => group.length >= LEAST_IN_OUTAGE)
    .map((group, nth) => {
      const targets = new Set(group.flatMap(({ at }) => targetOf(failures[at]) ?? []));
      const from = new Date(group[0]?.time ?? 0).toISOString();
      const seconds = Math.ceil(((group.at(-1)?.time ?? 0) - (group[0]?.time ?? 0)) / 1000);
      const whose = targets.size > 0 ? `the outage of ${[...targets].sort().join(', ')}: ` : '';
      return {
        link: { key: `burst ${nth + 1}`, sentence: `${whose}no answer came from ${from} on, within ${seconds} s`, outage: true },
        members: group.map(({ at }) => at),
      };
    });
}

/** Classes of a failure that met nobody. */
const MET_NOBODY = new Set<FailureClass>(['network', 'timeout', 'other']);

/** Of a test that met nobody once: whether that is what it is about in the end. */
function fellInto(failure: FailureToCluster): boolean {
  return !codeExplains(failure) && (MET_NOBODY.has(failure.class) || LOOKS_AWAY.test(failure.message));
}

function looksAway(failure: FailureToCluster): boolean {
  return !codeExplains(failure) && failure.class !== 'assertion' && LOOKS_AWAY.test(failure.message);
}

function codeExplains({ causes }: FailureToCluster): boolean {
  const top = causes.find((cause) => cause.kind !== 'unknown');
  return top !== undefined && top.probability >= POINTS_THERE && (top.kind === 'changed_code' || top.kind === 'product_code');
}

/** Whom it asked, by its request or by what its message says. */
function targetOf(failure: FailureToCluster | undefined): string | undefined {
  const url = [failure?.request?.url, ...(failure?.message.match(/https?:\/\/[^\s"'`),;]+/) ?? [])].find(
    (each) => each !== undefined && URL.canParse(each),
  );
  return url === undefined ? undefined : new URL(url).origin;
}

function shapesAt(members: readonly number[], failures: readonly FailureToCluster[]): number {
  const shapes = members.flatMap((at) => {
    const request = failures[at]?.request;
    return request ? [requestShape(request.method, request.url)] : [];
  });
  return new Set(shapes).size;
}

function mostShared(links: readonly Link[]): Link {
  const counts = new Map<string, { readonly link: Link; count: number }>();
  for (const link of links) {
    const known = counts.get(link.key);
    if (known) known.count++;
    else counts.set(link.key, { link, count: 1 });
  }
  const [best] = [...counts.values()].sort(
    (a, b) => b.count - a.count || Number(b.link.outage ?? false) - Number(a.link.outage ?? false) || (a.link.key < b.link.key ? -1 : 1),
  );
  return best?.link ?? { key: '', sentence: '' };
}

function mostFrequent(classes: readonly FailureClass[]): FailureClass {
  const counts = new Map<FailureClass, number>();
  for (const each of classes) counts.set(each, (counts.get(each) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]?.[0] ?? 'other';
}
