import type { NodeView } from '../../datamodel/cluster/view.ts';
import { useSession } from '../session.ts';

/** kube-proxy on one node: running, or stopped with its rules left behind. */
export function NodeRow({ node }: { readonly node: NodeView }) {
  const session = useSession();
  const { name, proxyRunning } = node;
  return (
    <li className="object-row">
      <span className="object-name mono">{name}</span>
      <span className="object-state" data-state={proxyRunning ? 'Ready' : 'Not ready'}>
        {proxyRunning ? 'Running' : 'Stopped'}
      </span>
      <span className="object-actions">
        <button
          type="button"
          className="button small quiet"
          aria-label={`${proxyRunning ? 'Stop' : 'Start'} kube-proxy on ${name}`}
          onClick={() => void session.operate({ type: proxyRunning ? 'stopProxy' : 'startProxy', node: name })}
        >
          {proxyRunning ? 'Stop' : 'Start'}
        </button>
      </span>
    </li>
  );
}
