/**
 * A moment as BIRD prints it, `08:26:55.455`.
 * @param at nanoseconds of virtual time, which began at midnight.
 */
export function printBirdTime(at: number): string {
  const milliseconds = Math.floor(at / 1_000_000);
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const hours = (milliseconds / 3_600_000) % 24;
  const minutes = (milliseconds / 60_000) % 60;
  const seconds = (milliseconds / 1000) % 60;
  return `${two(hours)}:${two(minutes)}:${two(seconds)}.${String(milliseconds % 1000).padStart(3, '0')}`;
}
