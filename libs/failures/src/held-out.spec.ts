import { FAILURE_CLASSES, type Failure, type FailureClass, type RequestRecord } from '@testimony/contracts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { FailureToClassify } from './api';
import { classifyAttempt } from './attempt';
import { classifyFailure } from './classify';

interface Text {
  readonly class: FailureClass;
  readonly part: 'train' | 'test';
  readonly input?: FailureToClassify;
  readonly failure?: Failure;
  readonly requests?: readonly Partial<RequestRecord>[];
  readonly logs?: readonly string[];
}

const fixtures = join(__dirname, '../fixtures');
const texts = gunzipSync(readFileSync(join(fixtures, 'texts.jsonl.gz')))
  .toString()
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Text);

function judged(set: readonly Text[]): { truth: FailureClass; said: FailureClass; probability: number }[] {
  return set.map((text) => {
    const found = text.input ? classifyFailure(text.input) : text.failure && classifyAttempt(text.failure, text.requests, text.logs);
    if (!found) throw new Error('a text without input');
    return { truth: text.class, said: found.class, probability: found.probability };
  });
}

type Judged = ReturnType<typeof judged>;
const share = (set: Judged): number => set.filter((one) => one.truth === one.said).length / set.length;

function macroF1(set: Judged): number {
  const scores = FAILURE_CLASSES.map((name) => {
    const right = set.filter((one) => one.truth === name && one.said === name).length;
    const wrong = set.filter((one) => (one.truth === name) !== (one.said === name)).length;
    return (2 * right) / (2 * right + wrong);
  });
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

/** Expected calibration error over ten bins of equal width (Naeini et al. 2015). */
function calibrationError(set: Judged): number {
  const bins = Array.from({ length: 10 }, (_, i) => set.filter((one) => Math.min(9, Math.floor(one.probability * 10)) === i));
  const gaps = bins.map((bin) => Math.abs(bin.reduce((sum, one) => sum + one.probability - (one.truth === one.said ? 1 : 0), 0)));
  return gaps.reduce((sum, gap) => sum + gap, 0) / set.length;
}

describe('on combinations of framework, client and fault that training did not see', () => {
  const heldOut = judged(texts.filter((text) => text.part === 'test'));

  it('there are enough of them, of every class', () => {
    expect(heldOut.length).toBeGreaterThanOrEqual(300);
    expect(new Set(heldOut.map((one) => one.truth)).size).toBe(FAILURE_CLASSES.length);
  });

  it('the class is right in at least 88 of 100, and macro-F1 at least .85', () => {
    expect(share(heldOut)).toBeGreaterThanOrEqual(0.88);
    expect(macroF1(heldOut)).toBeGreaterThanOrEqual(0.85);
  });

  it('probabilities are as often right as they say', () => {
    expect(calibrationError(heldOut)).toBeLessThanOrEqual(0.04);
  });
});

it('texts of other ecosystems, written by hand, are read too', () => {
  const byHand = judged(JSON.parse(readFileSync(join(fixtures, 'other-ecosystems.json'), 'utf8')) as Text[]);
  expect(share(byHand)).toBeGreaterThanOrEqual(0.88);
  expect(macroF1(byHand)).toBeGreaterThanOrEqual(0.85);
});

it('no text of the fixture names a place of the machine that made it', () => {
  const places = texts.flatMap((text) => JSON.stringify(text).match(/\/(?:root|home|tmp|work|Users)\/[\w./-]{0,60}/g) ?? []);
  expect(places).toEqual([]);
});
