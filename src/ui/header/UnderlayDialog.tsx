import { Dialog } from 'radix-ui';
import { type FormEvent, useId, useState } from 'react';
import type { UnderlayOptions } from '../../datamodel/cluster/underlay.ts';
import type { ClusterView } from '../../datamodel/cluster/view.ts';
import { UNDERLAY_NAMES } from '../../store/underlayNames.ts';
import { Icon } from '../controls/icons.tsx';
import { useApp, useSession } from '../session.ts';
import { isSameOptions, type NicMtu, optionsOf } from './underlayChoice.ts';
import '../dialogs/dialogs.css';
import './underlayDialog.css';

export interface UnderlayDialogProps {
  readonly onClose: () => void;
  /** Gives the focus back. */
  readonly onReturn: () => void;
}

/** What people ask a filtering network to let through, with what uses it. */
const COMMON: readonly (readonly [pass: string, what: string])[] = [
  ['tcp', 'TCP'],
  ['udp', 'all UDP'],
  ['icmp', 'ICMP'],
  ['udp/53', 'DNS'],
  ['udp/8472', 'VXLAN of flannel and Cilium'],
  ['udp/4789', 'VXLAN of Calico'],
  ['udp/6081', 'Geneve'],
  ['udp/51820', 'WireGuard'],
  ['4', 'IPIP'],
];

/** Options of the underlay in force. Others rebuild the cluster, whose request is then sent again. */
export function UnderlayDialog({ onClose, onReturn }: UnderlayDialogProps) {
  const session = useSession();
  const view = useApp((state) => state.cluster.view);
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content
          className="dialog"
          data-own-keys
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            onReturn();
          }}
        >
          <div className="dialog-head">
            <Dialog.Title className="dialog-title">
              Options of the underlay: {view && UNDERLAY_NAMES[view.underlay.name]}
            </Dialog.Title>
            <Dialog.Close className="control" aria-label="Close">
              <Icon name="close" />
            </Dialog.Close>
          </div>
          <Dialog.Description>
            Other options rebuild the cluster, and the last request is sent again. Undo is above the stage.
          </Dialog.Description>
          {view && (
            <Options
              view={view}
              onChange={async (underlayOptions) => {
                await session.configure({ underlayOptions });
                const { cluster, notices } = session.store.getState();
                if (!isSameOptions(cluster.view?.settings.underlayOptions, underlayOptions))
                  return notices.findLast(({ kind }) => kind === 'trouble')?.text ?? 'The cluster stays as it was';
                onClose();
                return undefined;
              }}
            />
          )}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

interface OptionsProps {
  readonly view: ClusterView;
  /** @returns why it was refused. */
  readonly onChange: (options: UnderlayOptions) => Promise<string | undefined>;
}

function Options({ view, onChange }: OptionsProps) {
  const { settings, underlay } = view;
  const { mtu, sourceDestinationCheck = true } = settings.underlayOptions ?? {};
  const [nic, setNic] = useState<NicMtu>(mtu === undefined ? 'auto' : mtu === 1500 || mtu === 9001 ? mtu : 'other');
  const [bytes, setBytes] = useState(String(mtu ?? underlay.mtu));
  const [passes, setPasses] = useState<string>(underlay.passes?.join(', ') ?? '');
  const [checks, setChecks] = useState(sourceDestinationCheck);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const id = useId();
  const list = passes.split(/[\s,]+/).filter((pass) => pass !== '');

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const read = optionsOf(view, { nic, bytes, passes: list, checks });
    setProblem(read.ok ? await onChange(read.value) : read.error);
  };
  const toggle = (pass: string, isOn: boolean): void =>
    setPasses((isOn ? [...list, pass] : list.filter((each) => each !== pass)).join(', '));

  return (
    <form className="underlay-options" onSubmit={(event) => void submit(event)}>
      <label className="setting-label" htmlFor={`${id}-nic`}>
        MTU of the nodes’ network cards
      </label>
      <div className="underlay-mtu">
        <select
          id={`${id}-nic`}
          className="select"
          value={String(nic)}
          onChange={({ target: { value } }) =>
            setNic(
              value === '1500' || value === '9001'
                ? (Number(value) as 1500 | 9001)
                : value === 'auto'
                  ? value
                  : 'other',
            )
          }
        >
          <option value="auto">as usual there: {underlay.name === 'cloud-vpc' ? 9001 : 1500}</option>
          <option value="1500">1500</option>
          <option value="9001">9001, jumbo frames</option>
          <option value="other">other</option>
        </select>
        <input
          className="input mono"
          aria-label="Bytes"
          inputMode="numeric"
          maxLength={6}
          disabled={nic !== 'other'}
          value={nic === 'other' ? bytes : ''}
          onChange={({ target }) => setBytes(target.value)}
        />
        <span>bytes</span>
      </div>
      {underlay.name === 'filtered' && (
        <fieldset className="underlay-passes">
          <legend className="setting-label">The switch lets through</legend>
          {COMMON.map(([pass, what]) => (
            <label key={pass}>
              <input
                type="checkbox"
                checked={list.includes(pass)}
                onChange={({ target }) => toggle(pass, target.checked)}
              />
              <span>
                {what} <span className="mono">{pass}</span>
              </span>
            </label>
          ))}
          <input
            className="input mono"
            aria-label="All that is let through"
            aria-describedby={`${id}-forms`}
            autoComplete="off"
            spellCheck={false}
            maxLength={400}
            value={passes}
            onChange={({ target }) => setPasses(target.value)}
          />
          <p id={`${id}-forms`}>tcp, udp/53, udp/1024-65535, icmp or a protocol’s number; answers to these pass too</p>
        </fieldset>
      )}
      {underlay.name === 'cloud-vpc' && (
        <label className="underlay-check">
          <input type="checkbox" checked={checks} onChange={({ target }) => setChecks(target.checked)} />
          <span>Source/destination check: an instance sends and gets nothing but its own addresses’ packets</span>
        </label>
      )}
      {problem !== undefined && (
        <p className="field-problem" role="alert">
          {problem}
        </p>
      )}
      <div className="underlay-buttons">
        <button type="submit" className="button primary">
          Rebuild with these
        </button>
        <button type="button" className="button" onClick={() => void onChange({}).then(setProblem)}>
          As usual
        </button>
      </div>
    </form>
  );
}
