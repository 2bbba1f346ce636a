import type { FlakePattern } from '@testimony/contracts';
import type { BugKind, Feature } from './service/bugs';
import type { Regions } from './service/behaviour';
import type { Circumstance } from './flaky/shape';
import type { Language } from './tests/module-text';
import type { LabSet } from './vocabulary';

/**
 * `healthy`: passes always, on base and head. `lookalike`: healthy, and looks like a flake pattern. `flaky`: on base and head, by its own fault.
 * `regression`: passes on the base, always fails on the head. `intermittent`: passes on the base, sometimes fails on the head.
 * `broken`: always fails on both. `new_feature`: passes on the head, fails on the base, which lacks what it tests.
 */
const CATEGORIES = ['healthy', 'lookalike', 'flaky', 'regression', 'intermittent', 'broken', 'new_feature'] as const;
export type Category = (typeof CATEGORIES)[number];

/** So many of so many runs failed. */
export interface Measured {
  readonly runs: number;
  readonly failed: number;
}

export interface FlakyTruth {
  readonly pattern: FlakePattern;
  /** Where the flaw stands in the module, 1-based. */
  readonly line: number;
  readonly shape: string;
  /** Share of failing runs that the shape was made for, run alone under no condition. */
  readonly designedRate: number;
  readonly circumstances: readonly Circumstance[];
  /** Id of the test that makes this one fail when it ran before. */
  readonly polluter?: string;
  /** Ids of tests that disturb this one when they run at the same time. */
  readonly rivals?: readonly string[];
  /** By `lab.mjs measure`: alone, and under its first circumstance. */
  readonly measured?: { readonly alone: Measured; readonly under?: Measured & { readonly circumstance: Circumstance } };
}

export interface TestTruth {
  /** `<service>/<module without extension>`: the name that the product gives a native test. */
  readonly id: string;
  /** Below the project. */
  readonly file: string;
  readonly service: string;
  readonly language: Language;
  readonly category: Category;
  readonly resource: string;
  readonly feature?: Feature;
  /** Of a look-alike: what it looks like. */
  readonly looksLike?: FlakePattern;
  readonly shape?: string;
  readonly flaky?: FlakyTruth;
  /** Id in `bugs`. */
  readonly bug?: string;
  readonly broken?: string;
  /** A test that leaves state behind for this one. */
  readonly pollutes?: string;
}

export interface BugTruth {
  readonly id: string;
  readonly kind: BugKind['name'];
  readonly feature: Feature;
  readonly intermittent: boolean;
  readonly service: string;
  readonly resource: string;
  /** Below the project, and the line on the head. */
  readonly file: string;
  readonly line: number;
  readonly commit: string;
  /** Ids of the tests that it makes fail. */
  readonly tests: readonly string[];
}

/** A text of a test that somebody might propose as a fix. */
export interface FixTruth {
  readonly id: string;
  readonly test: string;
  readonly file: string;
  readonly pattern?: FlakePattern;
  readonly good: boolean;
  /** Of a bad one: what is wrong with it. */
  readonly kind: string;
  /** Whole text of the module. Helpers stay as they are unless `files` names new ones. */
  readonly before: string;
  readonly after: string;
  /** Other files that the fix brings, by path below the project. */
  readonly files?: Readonly<Record<string, string>>;
  /** Guards of which at least one should object to a bad fix. */
  readonly objecting: readonly string[];
}

export interface Truth {
  readonly seed: number;
  readonly set: LabSet;
  readonly services: readonly {
    readonly name: string;
    readonly source: string;
    readonly regions: Regions;
    readonly seeds: Readonly<Record<number, string>>;
  }[];
  /** What the partner's service does, by region. */
  readonly partner: Regions;
  readonly commits: {
    readonly base: string;
    readonly head: string;
    /** Healthy ones before the base, oldest first; the base is the last. */ readonly earlier: readonly string[];
  };
  readonly tests: readonly TestTruth[];
  readonly bugs: readonly BugTruth[];
}
