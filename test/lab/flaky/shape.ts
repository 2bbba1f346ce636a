import type { FlakePattern } from '@testimony/contracts';
import type { Language, ModuleParts } from '../tests/module-text';
import type { Random } from '../random';
import type { Behaviour } from '../service/behaviour';
import type { LabSet, Resource } from '../vocabulary';

/** What makes a planted flaky test fail more often than it does by itself. `repeat`: nothing but another try. */
const CONDITION_KINDS = ['repeat', 'latency', 'cpu', 'order', 'concurrency', 'clock', 'time_zone', 'random_seed'] as const;
type ConditionKind = (typeof CONDITION_KINDS)[number];

export interface Circumstance {
  readonly kind: ConditionKind;
  readonly latencyMs?: number;
  /** Endless loops on the test's core. */
  readonly cpuStress?: number;
  readonly clock?: string;
  /** One of these shows it, whatever the time of day. */
  readonly timeZones?: readonly string[];
}

/** What a shape is given to write a test with. */
export interface ShapeContext {
  readonly r: Resource;
  readonly spaces: string;
  readonly space: string;
  /** The code by which the test asks for its behaviour. */
  readonly region: string;
  /** Share of runs that shall fail, as far as the shape can choose. */
  readonly rate: number;
  readonly random: Random;
  /** A space that exists from the start, this test's (and its partners') alone. */
  readonly fixed: number;
  /** Something no other test uses, for file names and ports. */
  readonly unique: string;
  readonly port: number;
}

export interface Planted {
  readonly parts: ModuleParts;
  /** The same test with the flaw repaired: neither weaker nor flaky. It is also what a healthy look-alike of the pattern is. */
  readonly good?: ModuleParts;
  /** The repaired test is another test rather than an edit of this one that anybody could prove: only a look-alike, no planted fix. */
  readonly rewritten?: true;
  readonly behaviour?: Behaviour;
  /** Of the partner's service, where the test asks it. */
  readonly partnerBehaviour?: Behaviour;
  /** Of the test's fixed space. */
  readonly fixedBehaviour?: Behaviour;
  /** The likeliest to show it first. */
  readonly circumstances: readonly Circumstance[];
  /** Files next to the module: name without extension -> text in JavaScript (marks as in a body). */
  readonly files?: Readonly<Record<string, string>>;
  readonly goodFiles?: Readonly<Record<string, string>>;
  /** Other tests that come with it. The first of a `polluters` list makes this one fail when it ran before. */
  readonly polluters?: readonly ModuleParts[];
  /** Tests of the same resource that disturb each other when they run at one time. */
  readonly rivals?: readonly ModuleParts[];
  /** The rate lies in the shape (a clock, an order): `rate` of the context was not used. */
  readonly ownRate?: number;
}

export interface FlakyShape {
  readonly name: string;
  readonly pattern: FlakePattern;
  /** Where it may be used; `both` for what every project writes. */
  readonly set: LabSet | 'both';
  readonly languages: readonly Language[];
  readonly write: (context: ShapeContext) => Planted;
}

/** A test that only looks like a pattern. */
export interface Lookalike {
  readonly name: string;
  readonly pattern: FlakePattern;
  readonly set: LabSet | 'both';
  readonly languages: readonly Language[];
  readonly write: (context: ShapeContext) => Pick<Planted, 'parts' | 'behaviour' | 'files'>;
}

export const SCRIPT: readonly Language[] = ['ts', 'js', 'mjs'];
export const PY: readonly Language[] = ['py'];

/** First lines of a test that makes a space of its own. */
export function own({ spaces, space, region }: Pick<ShapeContext, 'spaces' | 'space' | 'region'>): string {
  return `const ${space} = (await page.post('/${spaces}', { json: { region: '${region}' } })).json().id;`;
}

export function ownPy({ spaces, space, region }: Pick<ShapeContext, 'spaces' | 'space' | 'region'>): string {
  return `${space} = page.post("/${spaces}", json={"region": "${region}"}).json()["id"]`;
}

/** Path of the resource in the test's own space, as a JavaScript template without its quotes. */
export function list({ spaces, space, r }: Pick<ShapeContext, 'spaces' | 'space' | 'r'>): string {
  return `/${spaces}/\${${space}}/${r.many}`;
}

export function inSpace({ spaces, space }: Pick<ShapeContext, 'spaces' | 'space'>): string {
  return `/${spaces}/\${${space}}`;
}

export function inSpacePy({ spaces, space }: Pick<ShapeContext, 'spaces' | 'space'>): string {
  return `/${spaces}/{${space}}`;
}

export const EXPECT = { '@testimony/page': ['expect'] } as const;
