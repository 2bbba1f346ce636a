import type { Commit } from './numstat';

export interface FileChurn {
  readonly file: string;
  readonly commits: number;
  readonly lines: number;
  /** 0..1: how much and how recently it changed. */
  readonly score: number;
  readonly windowDays: number;
}

/** Older changes have been through a release or two; what they broke has been seen. */
export const WINDOW_DAYS = 90;
/** A month ago counts half of today. */
const HALF_LIFE_DAYS = 30;
/** This many commits of today make half of the full score; it grows ever slower from there. */
const HALF_SCORE_COMMITS = 3;
/** A commit over more files than this formats, renames or imports: it says nothing of one of them. */
const BULK_FILES = 100;
const SECONDS_PER_DAY = 86_400;

/** Churn of every file that changed in the window before `now` (seconds since 1970). */
export function churnByFile(commits: readonly Commit[], now: number): Map<string, FileChurn> {
  const sums = new Map<string, { commits: number; lines: number; weight: number }>();
  for (const commit of commits) {
    const ageDays = Math.max(0, (now - commit.at) / SECONDS_PER_DAY);
    if (ageDays > WINDOW_DAYS || commit.changes.length > BULK_FILES) continue;
    for (const { path, lines } of commit.changes) {
      const sum = sums.get(path) ?? { commits: 0, lines: 0, weight: 0 };
      sum.commits++;
      sum.lines += lines;
      sum.weight += 2 ** (-ageDays / HALF_LIFE_DAYS);
      sums.set(path, sum);
    }
  }
  return new Map(
    [...sums].map(([file, sum]) => [
      file,
      { file, commits: sum.commits, lines: sum.lines, score: 1 - 2 ** (-sum.weight / HALF_SCORE_COMMITS), windowDays: WINDOW_DAYS },
    ]),
  );
}
