/** Words as one command line: what a shell would read otherwise stands in single quotes. */
export function commandLine(...words: readonly (string | number)[]): string {
  return words.map((word) => quoted(String(word))).join(' ');
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
