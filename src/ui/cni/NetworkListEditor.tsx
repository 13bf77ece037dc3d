import { useId } from 'react';
import type { PodChain } from '../../datamodel/cluster/podChain.ts';

interface NetworkListEditorProps {
  readonly chain: PodChain;
  /** What stands in the editor, tried or not. */
  readonly text: string;
  /** Whether another than the one on the nodes is tried. */
  readonly tried: boolean;
  readonly onEdit: (text: string) => void;
  readonly onTry: () => void;
  readonly onRestore: () => void;
}

/** The network configuration list as the file that it is. Trying another one shows what the next Pod would get. */
export function NetworkListEditor({ chain, text, tried, onEdit, onTry, onRestore }: NetworkListEditorProps) {
  const id = useId();
  const failure = chain.refusal;
  return (
    <div className="chain-list">
      <div className="chain-list-file">
        <div className="chain-list-head">
          <h4 className="mono">{chain.listPath}</h4>
          <button type="button" className="button small primary" onClick={onTry}>
            Try it
          </button>
          <button
            type="button"
            className="button small quiet"
            disabled={!tried && text === chain.list}
            onClick={onRestore}
          >
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
          onChange={(event) => onEdit(event.target.value)}
        />
      </div>
      <div id={`${id}-said`} role="status" className="chain-said">
        {failure && (
          <>
            <p className="chain-error mono">{failure.kubelet}</p>
            <p className="chain-error mono">containerd: {failure.runtime}</p>
            <p>The node is NotReady and the Pod waits: no plugin is called until the file can be read.</p>
          </>
        )}
        {tried && !failure && <p>The calls are those for a Pod created with this file; the cluster is as it was.</p>}
        {chain.remarks.map((remark) => (
          <p key={remark}>{remark}</p>
        ))}
      </div>
    </div>
  );
}
