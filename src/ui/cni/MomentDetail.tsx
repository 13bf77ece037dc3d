import type { ReactNode } from 'react';
import type { ChainCall, ChainChange, ChainOperation, PodChain } from '../../datamodel/cluster/podChain.ts';
import { type Moment, readable, roleOf } from './moments.ts';

/** What goes in and out at one moment, and what it changes on the node and in the Pod. */
export function MomentDetail({
  moment,
  chain,
  editor,
}: {
  readonly moment: Moment;
  readonly chain: PodChain;
  readonly editor: ReactNode;
}) {
  if (moment.type === 'list') return editor;
  if (moment.type === 'sandbox') return <SandboxDetail chain={chain} />;
  if (moment.type === 'outcome') return <OutcomeDetail operation={moment.operation} />;
  return <CallDetail call={moment.call} />;
}

function SandboxDetail({ chain }: { readonly chain: PodChain }) {
  return (
    <>
      <p>
        kubelet asks containerd for a sandbox on <span className="mono">{chain.node}</span>. It starts the pause
        container in a network namespace of its own, with nothing in it but <span className="mono">lo</span>, which is
        down. Then it reads the first file of /etc/cni/net.d and calls its plugins.
      </p>
      <dl className="chain-facts">
        <dt>CNI_CONTAINERID</dt>
        <dd className="mono">{chain.containerId}</dd>
        <dt>CNI_NETNS</dt>
        <dd className="mono">{chain.netns}</dd>
      </dl>
    </>
  );
}

function CallDetail({ call }: { readonly call: ChainCall }) {
  const { plugin, env, stdin, stdout, exitCode, changes } = call;
  return (
    <>
      <p>
        <span className="mono">/opt/cni/bin/{plugin}</span> {roleOf(plugin)}. Exit code{' '}
        <span className="mono" data-failed={exitCode !== 0 || undefined}>
          {exitCode}
        </span>
        .
      </p>
      <Changes changes={changes} />
      <Text title="Standard input" text={readable(stdin)} />
      <Text title="Standard output" text={stdout} />
      <Text
        title="Environment"
        text={Object.entries(env)
          .map(([key, value]) => `${key}=${value}`)
          .join('\n')}
      />
    </>
  );
}

function OutcomeDetail({ operation }: { readonly operation: ChainOperation }) {
  const { result, error, event, fault } = operation;
  return (
    <>
      {event !== undefined && <p className="chain-error mono">{event}</p>}
      {error !== undefined && event === undefined && <p className="chain-error mono">{error}</p>}
      {fault !== undefined && <p>{fault}</p>}
      {result !== undefined && (
        <>
          <p>libcni keeps the result in /var/lib/cni/results, and kubelet takes the Pod’s address from it.</p>
          <Text title="Result" text={readable(result)} />
        </>
      )}
    </>
  );
}

function Changes({ changes }: { readonly changes: readonly ChainChange[] }) {
  if (changes.length === 0) return <p className="chain-none">It changes nothing by itself.</p>;
  return (
    <ul className="chain-changes" aria-label="What it changes">
      {changes.map(({ where, what, sign, text }) => (
        <li key={`${sign} ${where} ${what} ${text}`} data-sign={sign}>
          <span className="chain-sign">
            {sign === '+' ? '+' : '−'} {where} {what}
          </span>{' '}
          <span className="mono">{text}</span>
        </li>
      ))}
    </ul>
  );
}

function Text({ title, text }: { readonly title: string; readonly text: string }) {
  return (
    <div className="chain-text">
      <h4>{title}</h4>
      {text === '' ? (
        <p className="chain-none">Nothing.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: whoever has no mouse must be able to scroll it
        <section aria-label={title} tabIndex={0}>
          <pre className="mono">{text}</pre>
        </section>
      )}
    </div>
  );
}
