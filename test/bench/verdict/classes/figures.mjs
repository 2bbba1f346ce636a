// What a classifier is worth: top-1, macro-F1, calibration; with intervals.

/** Wilson's interval of a share (Wilson 1927), 95 %. */
export function wilson(hits, of) {
  if (of === 0) return [0, 1];
  const z = 1.959964;
  const p = hits / of;
  const middle = (p + (z * z) / (2 * of)) / (1 + (z * z) / of);
  const half = (z * Math.sqrt((p * (1 - p)) / of + (z * z) / (4 * of * of))) / (1 + (z * z) / of);
  return [middle - half, middle + half];
}

/** Expected calibration error over ten bins of equal width (Naeini et al. 2015). */
export function calibrationError(said) {
  const bins = Array.from({ length: 10 }, () => ({ n: 0, said: 0, right: 0 }));
  for (const { probability, right } of said) {
    const bin = bins[Math.min(9, Math.floor(probability * 10))];
    bin.n += 1;
    bin.said += probability;
    bin.right += right ? 1 : 0;
  }
  return bins.reduce((sum, { n, said: total, right }) => sum + (n === 0 ? 0 : (Math.abs(total - right) / n) * (n / said.length)), 0);
}

function macroF1(set, classes) {
  const scores = classes.flatMap((_, k) => {
    const right = set.filter((one) => one.truth === k && one.best === k).length;
    const wrong = set.filter((one) => (one.truth === k) !== (one.best === k)).length;
    return set.some((one) => one.truth === k) ? [(2 * right) / (2 * right + wrong)] : [];
  });
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

/** Bootstrap by texts (Efron 1979), 95 %, with a seed. */
function resampled(set, measure) {
  let state = 7;
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 4294967296;
  const values = Array.from({ length: 300 }, () => measure(Array.from(set, () => set[Math.floor(next() * set.length)]))).sort(
    (a, b) => a - b,
  );
  return [values[7], values[292]];
}

export function figures(set, classes) {
  const judged = set.map(({ truth, probabilities }) => {
    const probability = Math.max(...probabilities);
    const best = probabilities.indexOf(probability);
    return { truth, best, probability, right: best === truth };
  });
  const right = judged.filter((one) => one.right).length;
  return {
    n: set.length,
    top1: right / set.length,
    top1Interval: wilson(right, set.length),
    macroF1: macroF1(judged, classes),
    macroF1Interval: resampled(judged, (sample) => macroF1(sample, classes)),
    ece: calibrationError(judged),
    eceInterval: resampled(judged, calibrationError),
    said: judged.reduce((sum, one) => sum + one.probability, 0) / set.length,
  };
}

const three = (value) => value.toFixed(3);
export function printed(title, f) {
  return `${title.padEnd(36)} n ${String(f.n).padStart(4)}  top-1 ${three(f.top1)} [${f.top1Interval.map(three).join(', ')}]  macro-F1 ${three(f.macroF1)} [${f.macroF1Interval.map(three).join(', ')}]  ECE ${three(f.ece)} [${f.eceInterval.map(three).join(', ')}]  mean said ${three(f.said)}`;
}
