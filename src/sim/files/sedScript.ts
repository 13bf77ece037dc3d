import { Complaint } from '../../commands/complaint.ts';

/** A script of one command, `s/RE/TEXT/[g]` or `/RE/d`, as what it makes of a text. @throws Complaint for any other. */
export function sedScript(script: string): (text: string) => string {
  const deletion = /^\/((?:[^/\\]|\\.)+)\/d$/.exec(script);
  if (deletion) {
    const pattern = basicExpression(deletion[1] ?? '', '');
    return (text) => ofLines(text, (line) => (pattern.test(line) ? undefined : line));
  }
  const delimiter = /^s([^\w\s\\])/.exec(script)?.[1];
  const parts = delimiter === undefined ? [] : partsOf(script.slice(2), delimiter);
  const [pattern, replacement, flags] = parts;
  if (pattern === undefined || replacement === undefined || !/^g?$/.test(flags ?? '-'))
    throw new Complaint('hopscope: sed takes s/RE/TEXT/, s/RE/TEXT/g and /RE/d here', 1);
  const expression = basicExpression(pattern, flags ?? '');
  const put = (match: string): string =>
    replacement.replace(/\\(.)|&/g, (found, escaped: string | undefined) => {
      if (found === '&') return match;
      return escaped === 'n' ? '\n' : (escaped ?? '');
    });
  return (text) => ofLines(text, (line) => line.replace(expression, put));
}

function partsOf(text: string, delimiter: string): readonly string[] {
  const parts = [''];
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i);
    if (c === delimiter) parts.push('');
    else if (c === '\\' && text.charAt(i + 1) === delimiter) parts[parts.length - 1] += text.charAt(++i);
    else if (c === '\\') parts[parts.length - 1] += c + text.charAt(++i);
    else parts[parts.length - 1] += c;
  }
  return parts;
}

/** In a basic regular expression + ? | ( ) { } stand for themselves, and are special behind a backslash. */
function basicExpression(pattern: string, flags: string): RegExp {
  const turned = pattern.replace(
    /\\(.)|([+?|(){}])/g,
    (found, escaped: string | undefined, plain: string | undefined) => {
      if (plain !== undefined) return `\\${plain}`;
      return escaped !== undefined && '+?|(){}'.includes(escaped) ? escaped : found;
    },
  );
  try {
    return new RegExp(turned, flags);
  } catch {
    throw new Complaint('sed: -e expression #1: Invalid regular expression', 1);
  }
}

function ofLines(text: string, change: (line: string) => string | undefined): string {
  const ends = text.endsWith('\n');
  const lines = (ends ? text.slice(0, -1) : text).split('\n').flatMap((line) => change(line) ?? []);
  return lines.join('\n') + (ends && lines.length > 0 ? '\n' : '');
}
