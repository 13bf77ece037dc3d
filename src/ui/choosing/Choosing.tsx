import { Dialog } from 'radix-ui';
import { useState } from 'react';
import { CNI_BACKENDS } from '../../datamodel/cluster/cniBackends.ts';
import { UNDERLAYS, type UnderlayName } from '../../datamodel/cluster/underlay.ts';
import { CNI_NAMES } from '../../store/cniNames.ts';
import { UNDERLAY_NAMES } from '../../store/underlayNames.ts';
import { Icon } from '../controls/icons.tsx';
import { useApp, useSession } from '../session.ts';
import { COLUMNS } from './columns.ts';
import { Row } from './Row.tsx';
import { showIt } from './showIt.ts';
import { useWeighings } from './useWeighings.ts';
import '../dialogs/dialogs.css';
import '../compare/compare.css';
import './choosing.css';

/** What every backend does on an underlay, tried out with this cluster's Pods; each cell shows itself happening. */
export function Choosing({ onClose }: { readonly onClose: () => void }) {
  const session = useSession();
  const inForce = useApp((state) => state.cluster.view);
  const [underlay, setUnderlay] = useState<UnderlayName>(inForce?.underlay.name ?? 'l2');
  const { rows, missing } = useWeighings(underlay);
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Content
          className="compare"
          aria-describedby={undefined}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            document.getElementById('open-choosing')?.focus();
          }}
        >
          <div className="compare-head">
            <Dialog.Title className="dialog-title">Choosing a CNI</Dialog.Title>
            <label className="choosing-underlay">
              Underlay{' '}
              <select
                className="select"
                value={underlay}
                onChange={({ target }) => setUnderlay(UNDERLAYS.find((name) => name === target.value) ?? underlay)}
              >
                {UNDERLAYS.map((name) => (
                  <option key={name} value={name}>
                    {UNDERLAY_NAMES[name]}
                  </option>
                ))}
              </select>
            </label>
            <Dialog.Close className="control" aria-label="Close">
              <Icon name="close" />
            </Dialog.Close>
          </div>
          <div className="compare-body choosing-body">
            <p className="cost-lead">
              This cluster is built with each backend, and Pods of different nodes ping each other. Every cell is read
              off the packets and tables that this gives; press it to see it happen.
            </p>
            <p className="compare-status" role="status" data-status={missing > 0 ? 'asking' : 'ready'}>
              {missing > 0
                ? `Trying them: ${missing} to go…`
                : `All ${rows.length} tried on: ${UNDERLAY_NAMES[underlay]}.`}
            </p>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reached by keyboard */}
            <section className="choosing-scroll" aria-label="Backends and their properties" tabIndex={0}>
              <table className="choosing-table">
                <thead>
                  <tr>
                    <th scope="col">Backend</th>
                    {COLUMNS.map(({ name }) => (
                      <th key={name} scope="col">
                        {name}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {CNI_BACKENDS.map((cni) => (
                    <Row
                      key={cni}
                      name={CNI_NAMES[cni]}
                      isInForce={inForce?.cni === cni && inForce.underlay.name === underlay}
                      row={rows.find((each) => each.cni === cni)}
                      onShow={(weighing, column) => {
                        onClose();
                        void showIt(session, weighing, column);
                      }}
                    />
                  ))}
                </tbody>
              </table>
            </section>
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
