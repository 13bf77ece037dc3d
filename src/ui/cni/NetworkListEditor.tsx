import { useId, useState } from 'react';
import type { PodChain } from '../../datamodel/cluster/podChain.ts';
import { useApp, useSession } from '../session.ts';

interface NetworkListEditorProps {
  readonly chain: PodChain;
  /** What stands in the editor, tried or not; undefined: the file as it is. */
  readonly draft: string | undefined;
  /** Whether another than the one on the nodes is tried. */
  readonly tried: boolean;
  readonly onEdit: (text: string | undefined) => void;
  readonly onTry: (text: string) => void;
  readonly onRestore: () => void;
}

const LOADABLE = /\.(conf|conflist|json)$/;

/**
 * The files of a node's /etc/cni/net.d, the network configuration list that the runtime goes by among them, as the files that they
 * are. Trying another text shows what the next Pod would get; writing it gives it to every Pod that is made from then on.
 */
export function NetworkListEditor({ chain, draft, tried, onEdit, onTry, onRestore }: NetworkListEditorProps) {
  const id = useId();
  const session = useSession();
  const view = useApp((state) => state.cluster.view);
  const base = chain.listPath.slice(chain.listPath.lastIndexOf('/') + 1);
  const files = chain.files ?? [{ name: base, text: chain.list }];
  const read = files.map(({ name }) => name).find((name) => LOADABLE.test(name));
  const [chosen, setChosen] = useState(read ?? base);
  const [said, setSaid] = useState('');
  const asItIs = files.find(({ name }) => name === chosen)?.text;
  const text = draft ?? asItIs ?? '';
  const write = async (nodes: readonly string[], where: string, written: string | null): Promise<void> => {
    const revision = (): number | undefined => session.store.getState().cluster.view?.revision;
    const before = revision();
    await session.operate({ type: 'writeFile', nodes, name: chosen, text: written });
    // why nothing was written has been said
    if (revision() === before) return setSaid('');
    onRestore();
    const what = written === null ? 'Deleted' : 'Written';
    setSaid(`${what} on ${where}. Pods that are made from now on go by it; Changes takes it back.`);
  };
  const every = view?.nodes.map(({ name }) => name) ?? [];
  return (
    <div className="chain-list">
      <div className="chain-list-file">
        <div className="chain-list-head">
          <h4 className="mono">/etc/cni/net.d on {chain.node}</h4>
          <button type="button" className="button small" onClick={() => onTry(text)}>
            Try it
          </button>
          <button
            type="button"
            className="button small quiet"
            disabled={!tried && draft === undefined}
            onClick={onRestore}
          >
            As it is
          </button>
        </div>
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset has no place in a row */}
        <div className="chain-list-head" role="group" aria-label="Files">
          {files.map(({ name }) => (
            <button
              key={name}
              type="button"
              className="button small mono"
              aria-pressed={name === chosen}
              onClick={() => {
                setChosen(name);
                onEdit(undefined);
              }}
            >
              {name}
              {name === read && ' (read)'}
            </button>
          ))}
          {files.length === 0 && <span className="chain-none">The directory is empty.</span>}
        </div>
        <textarea
          className="input mono"
          aria-label="Network configuration list"
          aria-invalid={chain.refusal !== undefined}
          aria-describedby={`${id}-said`}
          spellCheck={false}
          value={text}
          onChange={(event) => onEdit(event.target.value)}
        />
        {chain.files && (
          <div className="chain-list-head">
            <label className="chain-list-name">
              as{' '}
              <input
                className="input mono"
                aria-label="File name"
                spellCheck={false}
                value={chosen}
                onChange={(event) => {
                  // another name is another file: what stands in the editor is to be written there
                  onEdit(text);
                  setChosen(event.target.value);
                }}
              />
            </label>
            <button
              type="button"
              className="button small primary"
              onClick={() => void write([chain.node], chain.node, text)}
            >
              Write on {chain.node}
            </button>
            <button type="button" className="button small" onClick={() => void write(every, 'all nodes', text)}>
              Write on all nodes
            </button>
            <button
              type="button"
              className="button small quiet"
              disabled={asItIs === undefined}
              onClick={() => void write([chain.node], chain.node, null)}
            >
              Delete
            </button>
          </div>
        )}
      </div>
      <div id={`${id}-said`} role="status" className="chain-said">
        <ListWords chain={chain} tried={tried} />
        {said !== '' && <p>{said}</p>}
      </div>
    </div>
  );
}

/** What is to be said of the list, be it good or not. */
function ListWords({ chain, tried }: { readonly chain: PodChain; readonly tried: boolean }) {
  const { refusal, older, remarks, files } = chain;
  return (
    <>
      {refusal && (
        <>
          <p className="chain-error mono">{refusal.kubelet}</p>
          <p className="chain-error mono">containerd: {refusal.runtime}</p>
          <p>The node is NotReady and the Pod waits: no plugin is called until the file can be read.</p>
        </>
      )}
      {tried && !refusal && <p>The calls are those for a Pod created with this file; the cluster is as it was.</p>}
      {older && !tried && (
        <p>This Pod is older than the files: the calls are those of {chain.listPath} as it was then.</p>
      )}
      {files && (
        <p>
          The runtime goes by the first file in the alphabet that ends in .conf, .conflist or .json, and by no other if
          that is broken.
        </p>
      )}
      {remarks.map((remark) => (
        <p key={remark}>{remark}</p>
      ))}
    </>
  );
}
