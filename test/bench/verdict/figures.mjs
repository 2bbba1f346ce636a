/** Two-sided 95 % of the normal distribution. */
const Z = 1.959964;

/** A share with its interval by Wilson's score (E. B. Wilson 1927). `goal` as in '<= 0.04'. */
export function share(label, count, of, goal) {
  if (of === 0) return { label, value: undefined, of, goal };
  const p = count / of;
  const z2 = Z * Z;
  const middle = (p + z2 / (2 * of)) / (1 + z2 / of);
  const half = (Z / (1 + z2 / of)) * Math.sqrt((p * (1 - p)) / of + z2 / (4 * of * of));
  return { label, value: p, low: Math.max(0, middle - half), high: Math.min(1, middle + half), count, of, goal };
}

/** A mean of one value a lab, with Student's interval where there are at least two. */
export function mean(label, values, goal) {
  if (values.length === 0) return { label, value: undefined, of: 0, goal };
  const value = values.reduce((a, b) => a + b, 0) / values.length;
  if (values.length < 2) return { label, value, of: values.length, goal };
  const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - value) ** 2, 0) / (values.length - 1));
  // Student's t at 97.5 % for 1 to 9 degrees of freedom; the normal's beyond is close enough.
  const t = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262][values.length - 2] ?? Z;
  const half = (t * deviation) / Math.sqrt(values.length);
  return { label, value, low: value - half, high: value + half, of: values.length, goal };
}

/** Matthews correlation (B. W. Matthews 1975) of pairs [truth, said], with a percentile interval over 2,000 bootstrap samples. */
export function matthews(label, pairs, goal, random) {
  if (pairs.length === 0) return { label, value: undefined, of: 0, goal };
  const samples = Array.from({ length: 2000 }, () => correlation(Array.from(pairs, () => pairs[random.int(0, pairs.length - 1)]))).sort(
    (a, b) => a - b,
  );
  return { label, value: correlation(pairs), low: samples[50], high: samples[1949], of: pairs.length, goal };
}

export function correlation(pairs) {
  const count = (truth, said) => pairs.filter(([t, s]) => t === truth && s === said).length;
  const [tp, tn, fp, fn] = [count(true, true), count(false, false), count(false, true), count(true, false)];
  const below = Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn));
  // By convention 0 where a margin is empty, but a perfect answer to a one-sided question is no bad one.
  if (below === 0) return fp === 0 && fn === 0 ? 1 : 0;
  return (tp * tn - fp * fn) / below;
}

function holds(value, goal) {
  const [, sign, limit] = /^([<>]=) ?([\d.]+)$/.exec(goal) ?? [];
  return sign === '<=' ? value <= Number(limit) : sign === '>=' ? value >= Number(limit) : undefined;
}

const shown = (value) => (value === undefined ? '-' : value.toFixed(3));

export function printFigures(part, figures, notes, seconds) {
  console.log(`## ${part} (${seconds.toFixed(0)} s)`);
  const width = Math.max(...figures.map(({ label }) => label.length), 10);
  for (const { label, value, low, high, count, of, goal } of figures) {
    const interval = low === undefined ? '' : `[${shown(low)}, ${shown(high)}]`;
    const met = goal === undefined || value === undefined ? '' : holds(value, goal) ? 'met' : 'NOT MET';
    console.log(
      `${label.padEnd(width)}  ${shown(value).padStart(7)}  ${interval.padEnd(16)}  ${(count === undefined ? `n ${of}` : `${count}/${of}`).padEnd(11)}  ${goal === undefined ? '' : `goal ${goal}`.padEnd(13)} ${met}`.trimEnd(),
    );
  }
  for (const note of notes) console.log(`  ${note}`);
  console.log();
}
