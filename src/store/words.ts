/** An error in words. */
export function words(error: unknown): string {
  return error instanceof Error && error.message !== '' ? error.message : 'The simulation did not answer as expected.';
}

/** What was wrong with what was refused. */
export function problemsInWords(problems: readonly { readonly message: string }[]): string {
  return problems.map(({ message }) => message).join(' ');
}
