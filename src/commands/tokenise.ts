import { Complaint } from './complaint.ts';

/** More than any of the tools' lines needs; a kernel's own limit is far beyond. */
export const MAXIMUM_LINE = 4096;

const OPERATORS = '|&;<>()`$\n\r';

/**
 * Cuts a line into words as a shell does, with quotes and backslashes, but expands nothing.
 *
 * @throws Complaint for what a shell would do more with: pipes, redirections, variables, several commands.
 */
export function tokenise(line: string): readonly string[] {
  if (line.length > MAXIMUM_LINE) throw new Complaint('bash: Argument list too long', 126);
  const words: string[] = [];
  let word: string | undefined;
  for (let i = 0; i < line.length; i++) {
    const c = line.charAt(i);
    if (c === "'" || c === '"') {
      const end = closingQuote(line, i);
      word = (word ?? '') + unquoted(line.slice(i + 1, end), c);
      i = end;
    } else if (c === '\\' && i + 1 < line.length) {
      word = (word ?? '') + line.charAt(++i);
    } else if (c === ' ' || c === '\t') {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (c === '#' && word === undefined) {
      break;
    } else if (OPERATORS.includes(c)) {
      throw new Complaint(`hopscope: one command at a time, without ${JSON.stringify(c)}`, 2);
    } else {
      word = (word ?? '') + c;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

function closingQuote(line: string, start: number): number {
  const quote = line.charAt(start);
  for (let i = start + 1; i < line.length; i++) {
    if (line[i] === '\\' && quote === '"') i++;
    else if (line[i] === quote) return i;
  }
  throw new Complaint(`bash: unexpected EOF while looking for matching \`${quote}'`, 2);
}

/** Inside double quotes a backslash is one unless it stands before a character that it could take something from. */
function unquoted(text: string, quote: string): string {
  return quote === "'" ? text : text.replace(/\\(["\\$`])/g, '$1');
}
