const MINUTE = 60;
const HOUR = 3600;

/** Nanoseconds as Go's time.Duration prints them: `1h2m3.5s`, `2.35ms`, `0s`. */
export function goDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return '0s';
  for (const [unit, size] of [
    ['ns', 1],
    ['µs', 1e3],
    ['ms', 1e6],
  ] as const) {
    if (nanoseconds < size * 1e3 && nanoseconds < 1e9) return `${Number((nanoseconds / size).toFixed(6))}${unit}`;
  }
  const seconds = nanoseconds / 1e9;
  const hours = Math.floor(seconds / HOUR);
  const minutes = Math.floor((seconds % HOUR) / MINUTE);
  const rest = `${Number((seconds % MINUTE).toFixed(9))}s`;
  return `${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${rest}`;
}
