/** Names further apart than this share of their length are different words rather than a slip of the finger. */
const MAX_SHARE = 0.4;

/** The name that was probably meant; undefined when none is near. */
export function nearestName(wanted: string, names: Iterable<string>): string | undefined {
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const name of names) {
    const distance =
      name.toLowerCase().includes(wanted.toLowerCase()) && wanted.length > 2 ? 1 : editDistance(wanted.toLowerCase(), name.toLowerCase());
    if (distance <= Math.max(1, Math.floor(MAX_SHARE * Math.max(wanted.length, name.length))) && (!best || distance < best.distance))
      best = { name, distance };
  }
  return best?.name;
}

/** Letters to insert, delete or replace to make one word the other. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length] ?? 0;
}
