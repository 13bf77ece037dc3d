import { type ComponentType, useId, useRef, useState } from 'react';
import { UNDERLAYS, type UnderlayName } from '../../datamodel/cluster/underlay.ts';
import { UNDERLAY_NAMES } from '../../store/underlayNames.ts';
import { words } from '../../store/words.ts';
import { Icon } from '../controls/icons.tsx';
import { useApp, useSession } from '../session.ts';
import type { UnderlayDialogProps } from './UnderlayDialog.tsx';

/** What lies between the nodes. Another choice rebuilds the cluster, whose nodes may get other addresses. */
export function Underlay() {
  const session = useSession();
  const name = useApp((state) => state.cluster.view?.underlay.name ?? 'l2');
  const isTold = useApp((state) => Object.keys(state.cluster.view?.settings.underlayOptions ?? {}).length > 0);
  const [open, setOpen] = useState<{ readonly Dialog: ComponentType<UnderlayDialogProps> } | undefined>(undefined);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();

  const show = async (): Promise<void> => {
    try {
      const { UnderlayDialog: Dialog } = await import('./UnderlayDialog.tsx');
      setOpen({ Dialog });
    } catch (error) {
      session.notices.add('trouble', 'The underlay’s options cannot be shown', words(error));
    }
  };

  return (
    <div className="proxy-mode">
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
      <button
        type="button"
        ref={button}
        className="proxy-mode-menu"
        aria-label={`Options of the underlay${isTold ? ', some are set' : ''}`}
        title="MTU, checks, what is let through"
        aria-haspopup="dialog"
        data-left={isTold}
        onClick={() => void show()}
      >
        <Icon name="more" />
      </button>
      {open && (
        <open.Dialog
          onClose={() => setOpen(undefined)}
          onReturn={() => button.current?.focus({ preventScroll: true })}
        />
      )}
    </div>
  );
}
