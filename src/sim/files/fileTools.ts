import { Complaint } from '../../commands/complaint.ts';
import { tokenise } from '../../commands/tokenise.ts';
import type { CommandOutput } from '../../datamodel/cluster/answer.ts';
import { CONF_DIR, type ConfDirectory } from '../controlplane/cni/confDirectory.ts';
import type { FileOverlay } from '../controlplane/network/lists/networkLists.ts';
import { sedScript } from './sedScript.ts';

/** Files while a line is at work on them. */
type Files = Map<string, string | null>;

interface Desk {
  read(name: string): string | undefined;
  readonly written: Files;
  readonly names: () => readonly string[];
}

/** What a tool prints. @throws Complaint in its words. */
type FileTool = (args: readonly string[], desk: Desk) => string;

const TOOLS: ReadonlyMap<string, FileTool> = new Map([
  ['cat', cat],
  ['ls', ls],
  ['cp', (args, desk) => copy('cp', args, desk)],
  ['mv', (args, desk) => copy('mv', args, desk)],
  ['rm', rm],
  ['sed', sed],
]);

/** Runs one command line on the files of /etc/cni/net.d, as a shell and the coreutils would. */
export function runFileTool(
  line: string,
  directory: ConfDirectory,
): { readonly output: CommandOutput; readonly files: FileOverlay } {
  const written: Files = new Map();
  const read = (name: string): string | undefined =>
    written.has(name) ? (written.get(name) ?? undefined) : directory.get(name);
  const names = (): readonly string[] =>
    [...new Set([...directory.keys(), ...written.keys()])].filter((name) => read(name) !== undefined).sort();
  try {
    const text = run(line, { read, written, names });
    const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
    return { output: { lines: lines.map((each) => ({ text: each })), errors: '', exitCode: 0 }, files: written };
  } catch (error) {
    if (!(error instanceof Complaint)) throw error;
    return { output: { lines: [], errors: error.message, exitCode: error.exitCode }, files: new Map() };
  }
}

function run(line: string, desk: Desk): string {
  const redirected = /^\s*(?:sudo\s+)?echo\s+(.*?)\s*>\s*(\S+)\s*$/s.exec(line);
  if (redirected) {
    const [, text = '', path = ''] = redirected;
    desk.written.set(nameOf('bash', path), `${tokenise(text).join(' ')}\n`);
    return '';
  }
  const words = tokenise(line);
  const [program = '', ...args] = words[0] === 'sudo' ? words.slice(1) : words;
  const tool = TOOLS.get(program);
  if (tool === undefined) throw new Complaint(`bash: ${program}: command not found`, 127);
  return tool(args, desk);
}

function cat(args: readonly string[], desk: Desk): string {
  return args.map((path) => existing('cat', path, desk)).join('');
}

function ls(args: readonly string[], desk: Desk): string {
  const [path = CONF_DIR] = args.filter((word) => !word.startsWith('-'));
  if (path.replace(/\/+$/, '') === CONF_DIR) return desk.names().join('\n');
  existing('ls', path, desk);
  return path;
}

function copy(program: 'cp' | 'mv', args: readonly string[], desk: Desk): string {
  const [from, to, ...more] = args.filter((word) => word !== '-f');
  if (from === undefined) throw new Complaint(`${program}: missing file operand`, 1);
  if (to === undefined) throw new Complaint(`${program}: missing destination file operand after '${from}'`, 1);
  if (more.length > 0) throw new Complaint(`hopscope: ${program} takes one file here`, 1);
  const text = existing(program, from, desk);
  const isAway = program === 'mv' && !to.startsWith(`${CONF_DIR}`) && to.startsWith('/');
  const name = nameOf(program, from);
  const target = isAway ? undefined : to.replace(/\/+$/, '') === CONF_DIR ? name : nameOf(program, to);
  if (target === name) throw new Complaint(`${program}: '${from}' and '${to}' are the same file`, 1);
  if (target !== undefined) desk.written.set(target, text);
  if (program === 'mv') desk.written.set(name, null);
  return '';
}

function rm(args: readonly string[], desk: Desk): string {
  const force = args.includes('-f');
  for (const path of args.filter((word) => !word.startsWith('-'))) {
    if (force && desk.read(nameOf('rm', path)) === undefined) continue;
    if (desk.read(nameOf('rm', path)) === undefined)
      throw new Complaint(`rm: cannot remove '${path}': No such file or directory`, 1);
    desk.written.set(nameOf('rm', path), null);
  }
  return '';
}

/** `sed -i SCRIPT FILE` writes, `sed SCRIPT FILE` prints. */
function sed(args: readonly string[], desk: Desk): string {
  const inPlace = args.includes('-i');
  const [script = '', path, ...more] = args.filter((word) => word !== '-i' && word !== '-e');
  if (path === undefined || more.length > 0) throw new Complaint('hopscope: sed takes one script and one file here', 1);
  const text = sedScript(script)(existing('sed', path, desk));
  if (!inPlace) return text;
  desk.written.set(nameOf('sed', path), text);
  return '';
}

function existing(program: string, path: string, desk: Desk): string {
  const text = desk.read(nameOf(program, path));
  if (text !== undefined) return text;
  const words =
    program === 'ls' ? `ls: cannot access '${path}'` : program === 'sed' ? `sed: can't read ${path}` : undefined;
  const what = words ?? (program === 'cat' ? `cat: ${path}` : `${program}: cannot stat '${path}'`);
  throw new Complaint(`${what}: No such file or directory`, program === 'ls' || program === 'sed' ? 2 : 1);
}

/** Of a file in the directory; any other is not simulated. */
function nameOf(program: string, path: string): string {
  const name = path.startsWith(`${CONF_DIR}/`) ? path.slice(CONF_DIR.length + 1) : path;
  if (/^[\w.-]{1,255}$/.test(name) && name !== '.' && name !== '..' && name !== path) return name;
  throw new Complaint(`hopscope: ${program}: of a node's files only those of ${CONF_DIR} are here, not ${path}`, 1);
}
