import { useEffect, useMemo, useState } from 'react';
import type { Tool } from '../../datamodel/cluster/printed.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import { words } from '../../store/words.ts';
import { useApp, useSession } from '../session.ts';
import { type DiffLine, type LineDiff, lineDiff } from './lineDiff.ts';
import { VirtualLines } from './VirtualLines.tsx';
import './tableDiff.css';

export interface TableDiffProps {
  readonly netns: NetnsId;
  readonly tool: Tool;
  readonly label: string;
  readonly filter: string;
  /** What was changed, in words. */
  readonly since: string;
}

/** What the last change made of a table: lines that went and lines that came, with their neighbours. */
export function TableDiff({ netns, tool, label, filter, since }: TableDiffProps) {
  const { diff, problem } = useDiff(netns, tool);
  const shown = useMemo(() => filtered(diff?.lines ?? [], filter), [diff, filter]);
  if (problem !== undefined)
    return (
      <p className="table-state" role="alert">
        {problem}
      </p>
    );
  return (
    <>
      <p className="diff-head" role="status">
        {diff && (
          <>
            <b>{changedWords(diff)}</b> since <span className="mono">{since}</span>
          </>
        )}
      </p>
      {shown.length > 0 && (
        <VirtualLines
          key={`${netns} ${tool}`}
          count={shown.length}
          label={`Changes of ${label}`}
          target={-1}
          hasButton={() => false}
          render={(index) => {
            const line = shown[index];
            return line && <Line key={index} line={line} />;
          }}
        />
      )}
      {diff && shown.length === 0 && (
        <p className="table-state">
          {diff.lines.length === 0 ? `${label} prints the same as before.` : `No changed line has “${filter}”.`}
        </p>
      )}
    </>
  );
}

function Line({ line: { sign, text, number } }: { readonly line: DiffLine }) {
  return (
    <li className="line diff-line" data-sign={sign === '+' ? 'came' : sign === '−' ? 'went' : undefined}>
      <i>{number}</i>
      <b className="diff-sign">
        {sign !== ' ' && <span className="visually-hidden">{sign === '+' ? 'came: ' : 'went: '}</span>}
        <span aria-hidden="true">{sign}</span>
      </b>
      <span>{text}</span>
    </li>
  );
}

function changedWords({ went, came }: LineDiff): string {
  if (went === 0 && came === 0) return 'No line went or came';
  return `${went} ${went === 1 ? 'line' : 'lines'} went, ${came} came`;
}

function filtered(lines: readonly DiffLine[], filter: string): readonly DiffLine[] {
  const parts = filter.trim().toLowerCase().split(/\s+/).filter(Boolean);
  if (parts.length === 0) return lines;
  return lines.filter(({ sign, text }) => sign !== ' ' && parts.every((part) => text.toLowerCase().includes(part)));
}

/** Asks for both tables whenever the cluster has changed. */
function useDiff(
  netns: NetnsId,
  tool: Tool,
): { readonly diff: LineDiff | undefined; readonly problem: string | undefined } {
  const session = useSession();
  const revision = useApp((state) => state.cluster.view?.revision);
  const [answer, setAnswer] = useState<{ key: string; diff?: LineDiff; problem?: string } | undefined>(undefined);
  const key = `${revision} ${netns} ${tool}`;
  useEffect(() => {
    let isWanted = true;
    Promise.all([session.printFormer(netns, tool), session.print(netns, tool, undefined)]).then(
      ([before, after]) => {
        if (isWanted) setAnswer({ key, diff: lineDiff(before, after) });
      },
      (error: unknown) => {
        if (isWanted) setAnswer({ key, problem: words(error) });
      },
    );
    return () => {
      isWanted = false;
    };
  }, [session, netns, tool, key]);
  const isSame = answer?.key === key;
  return { diff: isSame ? answer.diff : undefined, problem: isSame ? answer.problem : undefined };
}
