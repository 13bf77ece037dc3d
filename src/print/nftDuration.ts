/** Seconds as nft writes them: `3h`, `1d2h3m4s`. */
export function duration(seconds: number): string {
  const parts: readonly (readonly [number, string])[] = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'm'],
    [1, 's'],
  ];
  let left = seconds;
  let text = '';
  for (const [unit, letter] of parts) {
    const count = Math.floor(left / unit);
    if (count > 0) text += `${count}${letter}`;
    left -= count * unit;
  }
  return text === '' ? '0s' : text;
}
