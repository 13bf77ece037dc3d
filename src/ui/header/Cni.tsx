import { CNI_BACKENDS } from '../../datamodel/cluster/cniBackends.ts';
import type { CniBackend } from '../../datamodel/cluster/command.ts';
import { byProject, CNI_NAMES } from '../../store/cniNames.ts';
import { Icon } from '../controls/icons.tsx';
import { useApp, useSession } from '../session.ts';
import './proxyMode.css';

const GROUPS = byProject(CNI_BACKENDS);

export interface CniProps {
  readonly onInPlace: () => void;
  readonly onChoosing: () => void;
}

/** How packets of Pods travel between nodes. Another choice rebuilds the cluster: on a running one it cannot be changed. */
export function Cni({ onInPlace, onChoosing }: CniProps) {
  const session = useSession();
  const cni = useApp((state) => state.cluster.view?.cni ?? 'flannel-vxlan');
  const isMixed = useApp((state) => state.cluster.view?.layers !== undefined);
  return (
    <div className="proxy-mode">
      <div>
        <label className="setting-label" htmlFor="header-cni">
          CNI
        </label>
        <select
          id="header-cni"
          className="select header-cni"
          value={cni}
          onChange={(event) => void session.configure({ cni: event.target.value as CniBackend })}
        >
          {GROUPS.map(([project, backends]) => (
            <optgroup key={project} label={project}>
              {backends.map((each) => (
                <option key={each} value={each}>
                  {CNI_NAMES[each]}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
      </div>
      <button
        type="button"
        id="open-choosing"
        className="proxy-mode-menu"
        aria-label="Choosing a CNI"
        title="What every backend does here, in one table"
        aria-haspopup="dialog"
        onClick={onChoosing}
      >
        ⊞
      </button>
      <button
        type="button"
        className="proxy-mode-menu"
        aria-label={`Change the CNI in place${isMixed ? ', or make it clean' : ''}`}
        title="Change it under the Pods that there are"
        aria-haspopup="dialog"
        data-left={isMixed}
        onClick={onInPlace}
      >
        <Icon name="more" />
      </button>
    </div>
  );
}
