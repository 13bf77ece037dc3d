import { useId, useState } from 'react';
import type { PodChain } from '../../datamodel/cluster/podChain.ts';

/** The network configuration list as the file that it is. Trying another one shows what the next Pod would get. */
export function NetworkListEditor({
  chain,
  edited,
  onTry,
}: {
  readonly chain: PodChain;
  /** Whether it is another than the one on the nodes. */
  readonly edited: boolean;
  /** undefined: the one on the nodes again. */
  readonly onTry: (list: string | undefined) => void;
}) {
  const id = useId();
  const [original] = useState(chain.list);
  const [text, setText] = useState(original);
  const restore = (): void => {
    setText(original);
    onTry(undefined);
  };
  const failure = chain.refusal;
  return (
    <section className="chain-list" aria-label="Network configuration list">
      <div className="chain-list-head">
        <h3 className="mono">{chain.listPath}</h3>
        <button type="button" className="button small primary" onClick={() => onTry(text)}>
          Try it
        </button>
        <button type="button" className="button small quiet" disabled={!edited} onClick={restore}>
          As it is
        </button>
      </div>
      <textarea
        className="input mono"
        aria-label="Network configuration list"
        aria-invalid={failure !== undefined}
        aria-describedby={`${id}-said`}
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <div id={`${id}-said`} role="status" className="chain-said">
        {failure && (
          <>
            <p className="chain-error mono">{failure.kubelet}</p>
            <p className="chain-error mono">containerd: {failure.runtime}</p>
            <p>The node is NotReady and the Pod waits: no plugin is called until the file can be read.</p>
          </>
        )}
        {chain.remarks.map((remark) => (
          <p key={remark}>{remark}</p>
        ))}
        {edited && !failure && <p>This is what a Pod created with this file would get; the cluster is as it was.</p>}
      </div>
    </section>
  );
}
