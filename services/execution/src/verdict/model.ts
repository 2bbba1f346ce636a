import type { FailureClass } from '@testimony/contracts';
import type { Rate } from './beta';

// The numbers of the model. Those marked (tuned) were varied on seeds 1000 to 3999 of `testing/simulation`, and are measured on others. The rest are
// estimates that nothing has measured yet; where a source is named, it gives the order of magnitude.

/** Before anything is known of a test: it is flaky at all (Luo et al. 2014 and Google's 16 % of tests with some flakiness, 2016). */
export const FLAKY = 0.16;
/** The share above counts as much as so many tests of the project's own runs. */
export const FLAKY_STRENGTH = 20;
/** A run breaks a test for good, breaks it now and then, or the test never worked. */
export const REGRESSED = 0.03;
export const INTERMITTENT = 0.01;
export const BROKEN = 0.01;

/** How often a flaky test fails (mean .27), and how often an intermittent bug shows (mean .35). Estimates. */
export const FLAKE_RATE: Rate = { failed: 0.8, passed: 2.2 };
export const INTERMITTENT_RATE: Rate = { failed: 1.2, passed: 2.2 };
/** A stable test fails for a reason that is nobody's: so seldom. */
export const GLITCH = 0.003;
/** A failure that comes each time does not come all the same: something else was wrong. What passes more often than this is intermittent. (tuned) */
export const SLIP = 0.0005;
/** A test that fails only in company fails alone after all; or a broken one passed in an earlier run. */
export const STRAY = 0.005;
/** Of the flaky tests so many fail because of what ran before or beside them, and not when alone. An estimate; Luo et al. count 12 % for test order alone. */
export const NEEDS_COMPANY = 0.2;
/** With leaked state or a shared resource in the source. */
export const NEEDS_COMPANY_SEEN = 0.5;

/** A place in the source that can make a test flaky is worth what its probability says, but never certainty. */
export const MOST_FLAKY = 0.9;
/** Source without such a place is flaky half as often: what is around a test makes it flaky too. */
export const CLEAN_SOURCE = 0.5;

/** A regression's cause lies in code that was seen to change so often: static reach misses some of it. */
export const CHANGE_SEEN = 0.93;
/** A share of changed tests is taken from as many tests as there are; it is never quite all or nothing. */
export const LEAST_SHARE = 0.05;

/** The newest run left the test red, given that it is broken, flaky, or newly regressed now. */
export const RED_BEFORE = { broken: 0.9, flaky: 0.05, new: 0.03 };

/** The failure looks like one of an earlier flake of this test, given that it is one again, or something else. Estimates that the simulation does not exercise. */
export const SEEN_AGAIN = 0.7;
export const SEEN_BY_CHANCE = 0.1;

/** ln odds for a common cause, for each test that failed alike; for each of them that failed again; against it for each that passed. Damped, as these are not independent. Estimates that the simulation does not exercise. */
export const ALIKE = 0.3;
export const ALIKE_AGAIN = 0.6;
export const ALIKE_PASSED = 0.6;
export const ALIKE_AT_MOST = 4;
export const ALIKE_TRIED_AT_MOST = 3;

/** A retry passes, by the class of the failure, before a project has shown its own numbers. Mild: classes overlap. Estimates, replaced by what a project learns. */
export const RETRY_PASSES: Readonly<Record<FailureClass, number>> = {
  assertion: 0.42,
  timeout: 0.6,
  network: 0.65,
  authentication: 0.45,
  authorization: 0.4,
  not_found: 0.42,
  validation: 0.38,
  server: 0.42,
  database: 0.55,
  other: 0.4,
};
/** Mean of the above over failures as they come. */
export const RETRY_PASSES_OVERALL = 0.45;
/** The table counts as much as so many retries of the project's own. */
export const RETRY_STRENGTH = 10;

/** What a wrong verdict costs, in flakes that are shown red: a product bug that is called flaky. A choice. */
export const COST_OF_MISSED_REGRESSION = 20;
/** One that shows now and then: whoever reads `flaky` can still find it, and its rate is said. (tuned) */
export const COST_OF_MISSED_INTERMITTENT = 1.5;
/** A red test without its right label. */
export const COST_OF_LABEL = 0.1;

/** The system answered that it was asked too often, given a flake, and given that the product broke. */
export const RATE_LIMITED = { flaky: 0.12, broken: 0.02 };
