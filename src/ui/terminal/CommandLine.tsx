import { useLayoutEffect, useRef } from 'react';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import { promptOf } from '../../store/terminal.ts';
import { useApp, useSession } from '../session.ts';
import { Entry } from './Entry.tsx';
import { examples } from './examples.ts';
import { Transcript } from './Transcript.tsx';
import { useScreen, useTerminal } from './useTerminal.ts';
import './terminal.css';

/** A shell in a namespace that knows the network tools. */
export function CommandLine({ netns }: { readonly netns: NetnsId }) {
  const session = useSession();
  const terminal = useTerminal();
  const screen = useScreen(netns);
  const view = useApp((state) => state.cluster.view);
  const transcript = useRef<HTMLElement>(null);
  const last = screen.lines.at(-1)?.id;

  // biome-ignore lint/correctness/useExhaustiveDependencies: what is new is at the end
  useLayoutEffect(() => {
    const list = transcript.current;
    if (list) list.scrollTop = list.scrollHeight;
  }, [last, netns]);

  return (
    <div className="terminal" data-own-keys>
      <Transcript ref={transcript} screen={screen} label={`What was printed at ${promptOf(netns)}`}>
        {screen.lines.length === 0 && (
          <div className="terminal-hint">
            <p>
              ip, bridge, sysctl, iptables and conntrack, as on the machine itself. What you change is listed under
              Changes and can be undone; <code>help</code> shows more. Try
            </p>
            <ul>
              {examples(view, netns).map((line) => (
                <li key={line}>
                  <button
                    type="button"
                    className="button small mono"
                    onClick={() => {
                      terminal.setDraft(netns, line);
                      session.select({ toCommandLine: true });
                    }}
                  >
                    {line}
                  </button>
                </li>
              ))}
            </ul>
          </div>
        )}
      </Transcript>
      <Entry key={netns} netns={netns} />
    </div>
  );
}
