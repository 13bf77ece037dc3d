import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import { useApp, useSession } from '../session.ts';

const FOLLOW = '';
/** Longer menus are of no use; the rest is reached by choosing a Pod on the stage. */
const MOST_PODS = 500;

/** Whose tables are shown: the shown step's, or those of a node, Pod or host that was chosen. */
export function NamespaceSelect({
  followed,
  shown,
  mayFollow,
}: {
  readonly followed: NetnsId | undefined;
  readonly shown: NetnsId | undefined;
  /** It may go where the packet is: a command line stays with one. */
  readonly mayFollow: boolean;
}) {
  const session = useSession();
  const view = useApp((state) => state.cluster.view);
  const pinned = useApp((state) => state.selection.pinned);
  const pods = view?.pods.filter((pod) => !pod.hostNetwork && pod.phase === 'Running') ?? [];
  const listed = pods.slice(0, MOST_PODS);
  const chosen = mayFollow ? pinned : shown;
  const extra =
    chosen?.startsWith('pod/') && pods.length > MOST_PODS && !listed.some((pod) => pod.netns === chosen)
      ? chosen
      : undefined;
  return (
    <select
      className="select mono namespace"
      aria-label={mayFollow ? 'Whose tables' : 'Whose command line'}
      title={shown}
      value={chosen ?? FOLLOW}
      onChange={(event) => {
        const { value } = event.target;
        session.select(value === FOLLOW ? { pinned: undefined, followTable: true } : { pinned: value });
      }}
    >
      {mayFollow && (
        <option value={FOLLOW}>follow{followed === undefined ? ' the packet' : `: ${shortName(followed)}`}</option>
      )}
      <optgroup label="Nodes">
        {view?.nodes.map((node) => (
          <option key={node.netns} value={node.netns}>
            {node.name}
          </option>
        ))}
      </optgroup>
      <optgroup label={pods.length > MOST_PODS ? `Pods (first ${MOST_PODS})` : 'Pods'}>
        {listed.map((pod) => (
          <option key={pod.netns} value={pod.netns}>
            {pod.namespace === 'default' ? pod.name : `${pod.namespace}/${pod.name}`}
          </option>
        ))}
        {extra !== undefined && <option value={extra}>{shortName(extra)}</option>}
      </optgroup>
      {view && view.outside.length > 0 && (
        <optgroup label="Outside">
          {view.outside.map((host) => (
            <option key={host.netns} value={host.netns}>
              {host.kind === 'load-balancer' ? `${host.address} (load balancer)` : host.address}
            </option>
          ))}
        </optgroup>
      )}
      {view && (
        <optgroup label="Between the nodes">
          {view.underlay.routers.map(({ netns, name, role }) => (
            <option key={netns} value={netns}>
              {role === 'switch' ? 'the switch' : `router ${name}`}
            </option>
          ))}
        </optgroup>
      )}
    </select>
  );
}

function shortName(netns: NetnsId): string {
  return netns.replace(/^(?:node\/|router\/|pod\/(?:default\/)?)/, '');
}
