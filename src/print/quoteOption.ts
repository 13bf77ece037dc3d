/**
 * An option's text as xtables_save_string writes it: bare when it is made of letters, digits, `_` and `-` alone, else in
 * double quotes with backslashes before both kinds of quotes and backslashes.
 */
export function quoteOption(text: string): string {
  return /^[\w-]+$/.test(text) ? text : `"${text.replace(/["'\\]/g, '\\$&')}"`;
}
