import { complete } from '../../commands/complete.ts';
import { offers } from '../../commands/offers/offers.ts';
import { parseCommand } from '../../commands/parseCommand.ts';
import type { ParsedCommand } from '../../commands/parsedCommand.ts';
import { refusalText } from '../../commands/refusal.ts';
import type { CommandOutput } from '../../datamodel/cluster/answer.ts';
import type { Offer } from '../../datamodel/cluster/offer.ts';
import type { Tool } from '../../datamodel/cluster/printed.ts';
import type { Edit } from '../../datamodel/network/edit.ts';
import type { Netns } from '../../datamodel/network/netns.ts';
import type { RuntimeTables } from '../../datamodel/network/runtime.ts';
import type { EntryId } from '../../datamodel/network/tables.ts';
import { printConntrackEntry } from '../../print/conntrackL.ts';
import { applyEdit } from '../linux/configure/applyEdit.ts';
import { isMeant } from '../linux/configure/conntrack.ts';
import type { NetnsState, NewId } from '../linux/configure/netnsState.ts';
import { failed, printed } from './output.ts';
import { connectionText, runQuery } from './query.ts';

/** What a command line came to. */
export interface ShellResult {
  readonly output: CommandOutput;
  /** The namespace afterwards; absent when nothing was changed. */
  readonly state?: NetnsState;
  /** What was done to it, in a form that does the same again whatever the kernel has learned. */
  readonly edits: readonly Edit[];
}

/** Command lines as a person's shell in a namespace takes them. A part of its own: a page can open before it has loaded it. */
export interface Shell {
  /** @param now virtual nanoseconds. */
  run(line: string, state: NetnsState, now: number, newId: NewId): ShellResult;
  /** Makes edits again. @returns undefined when one of them is refused. */
  apply(state: NetnsState, edits: readonly Edit[], newId: NewId): NetnsState | undefined;
  complete(line: string, netns: Netns): readonly string[];
  /** The edits that make sense for an entry of a tool's table, or for the whole table. */
  offers(tool: Tool, netns: Netns, runtime: RuntimeTables | undefined, entry: EntryId | undefined): readonly Offer[];
}

export const shell: Shell = {
  run(line, state, now, newId) {
    const parsed = parseCommand(line);
    switch (parsed.type) {
      case 'error':
        return { output: failed(parsed.text, parsed.exitCode, parsed.output), edits: [] };
      case 'text':
        return { output: printed(parsed.text === '' ? [] : [{ text: parsed.text }]), edits: [] };
      case 'query':
        return { output: runQuery(parsed.query, state, now), edits: [] };
      case 'edit':
        return runEdits(parsed, state, now, newId);
    }
  },
  apply(state, edits, newId) {
    let next = state;
    for (const edit of edits) {
      const result = applyEdit(next, edit, newId);
      if (!result.ok) return undefined;
      next = result.value;
    }
    return next;
  },
  complete,
  offers,
};

type EditCommand = Extract<ParsedCommand, { readonly type: 'edit' }>;

function runEdits(parsed: EditCommand, state: NetnsState, now: number, newId: NewId): ShellResult {
  const { warning = '', echo = [], program } = parsed;
  let next = state;
  const edits: Edit[] = [];
  for (const edit of parsed.edits) {
    const result = applyEdit(next, edit, newId);
    if (!result.ok) {
      const { text, exitCode } = refusalText(program, edit, result.error);
      return { output: failed(warning === '' ? text : `${warning}\n${text}`, exitCode), edits: [] };
    }
    edits.push(settled(edit, result.value));
    next = result.value;
  }
  const output =
    deletedConnections(parsed, state, now) ??
    printed(
      echo.map((text) => ({ text })),
      warning,
    );
  return next === state ? { output, edits: [] } : { output, state: next, edits };
}

/** A neighbour's MAC that was left to what the kernel had learned is written down with the edit. */
function settled(edit: Edit, { netns }: NetnsState): Edit {
  if (edit.type !== 'neighborWrite') return edit;
  const entry = netns.neighbors.find(({ dev, address }) => dev === edit.dev && address === edit.address);
  return entry?.mac === undefined ? edit : { ...edit, mode: 'replace', mac: entry.mac };
}

/** `conntrack -D` says what it has deleted, and fails when that was nothing. */
function deletedConnections(
  { program, edits, warning }: EditCommand,
  state: NetnsState,
  now: number,
): CommandOutput | undefined {
  const [edit] = edits;
  if (program !== 'conntrack' || edit?.type !== 'conntrackDelete' || warning !== undefined) return undefined;
  const meant = state.runtime.conntrack.filter((entry) => isMeant(entry, edit.filter));
  const lines = meant.map((entry) => ({ text: connectionText(printConntrackEntry(entry, now), false) }));
  const errors = `conntrack v1.4.7 (conntrack-tools): ${lines.length} flow entries have been deleted.`;
  return { lines, errors, exitCode: lines.length === 0 ? 1 : 0 };
}
