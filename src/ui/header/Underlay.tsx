import { useId } from 'react';
import { UNDERLAYS, type UnderlayName } from '../../datamodel/cluster/underlay.ts';
import { UNDERLAY_NAMES } from '../../store/underlayNames.ts';
import { useApp, useSession } from '../session.ts';

/** What lies between the nodes. Another choice rebuilds the cluster, whose nodes may get other addresses. */
export function Underlay() {
  const session = useSession();
  const name = useApp((state) => state.cluster.view?.underlay.name ?? 'l2');
  const id = useId();
  return (
    <div>
      <label className="setting-label" htmlFor={id}>
        Underlay
      </label>
      <select
        id={id}
        className="select header-underlay"
        value={name}
        onChange={(event) => void session.configure({ underlay: event.target.value as UnderlayName })}
      >
        {UNDERLAYS.map((each) => (
          <option key={each} value={each}>
            {UNDERLAY_NAMES[each]}
          </option>
        ))}
      </select>
    </div>
  );
}
