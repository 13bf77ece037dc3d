import { type ComponentType, useRef, useState } from 'react';
import { WITHOUT_KUBE_PROXY } from '../../datamodel/cluster/cniBackends.ts';
import type { ProxyMode as Mode } from '../../datamodel/cluster/command.ts';
import { leftModes, modesInWords, PROXY_NAMES } from '../../store/proxyNames.ts';
import { words } from '../../store/words.ts';
import { Icon } from '../controls/icons.tsx';
import { Segmented } from '../controls/Segmented.tsx';
import { type Place, placeOf } from '../dock/menuPlace.ts';
import { useApp, useSession } from '../session.ts';
import type { LeftoversMenuProps } from './LeftoversMenu.tsx';
import './proxyMode.css';

const MODES = (Object.keys(PROXY_NAMES) as Mode[]).map((value) => ({ value, label: PROXY_NAMES[value] }));

/** Where the CNI's programs do kube-proxy's work nothing else can. */
function closed(mode: Mode): string | undefined {
  return mode === 'ebpf' ? undefined : 'This CNI’s own eBPF programs stand in kube-proxy’s stead';
}

interface OpenMenu {
  readonly Menu: ComponentType<LeftoversMenuProps>;
  readonly place: Place;
}

/** The switch of kube-proxy's mode, which acts at the moment that is shown; and what becomes of the former mode's rules. */
export function ProxyMode() {
  const session = useSession();
  const mode = useApp((state) => state.cluster.view?.proxyMode ?? 'iptables');
  const cni = useApp((state) => state.cluster.view?.cni);
  const nodes = useApp((state) => state.cluster.view?.nodes);
  const left = leftModes(nodes ?? []);
  const [menu, setMenu] = useState<OpenMenu | undefined>(undefined);
  const button = useRef<HTMLButtonElement>(null);

  const open = async (place: Place): Promise<void> => {
    try {
      const { LeftoversMenu: Menu } = await import('./LeftoversMenu.tsx');
      setMenu({ Menu, place });
    } catch (error) {
      session.notices.add('trouble', 'The menu cannot be shown', words(error));
    }
  };

  return (
    <div className="proxy-mode">
      <Segmented
        label="kube-proxy"
        value={mode}
        options={MODES}
        closed={cni && WITHOUT_KUBE_PROXY.has(cni) ? closed : undefined}
        onChange={(value) => void session.configure({ proxyMode: value })}
      />
      <button
        type="button"
        ref={button}
        className="proxy-mode-menu"
        aria-label={`Old rules of kube-proxy${left.length === 0 ? '' : `: ${modesInWords(left)} left`}`}
        title="What becomes of the rules of the mode before"
        aria-haspopup="menu"
        aria-expanded={menu !== undefined}
        data-left={left.length > 0}
        onClick={(event) => void open(placeOf(event.currentTarget, event.detail === 0))}
      >
        <Icon name="more" />
      </button>
      {menu && (
        <menu.Menu
          left={left}
          place={menu.place}
          onClose={() => setMenu(undefined)}
          onReturn={() => button.current?.focus({ preventScroll: true })}
        />
      )}
    </div>
  );
}
