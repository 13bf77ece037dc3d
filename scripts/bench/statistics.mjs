/**
 * The value below which the given share of the samples lies (nearest rank).
 * @param {readonly number[]} samples
 * @param {number} share 0…1
 */
export function quantile(samples, share) {
  if (samples.length === 0) throw new Error('nothing was measured');
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
