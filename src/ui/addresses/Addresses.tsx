import { Dialog } from 'radix-ui';
import { useState } from 'react';
import type { AddressBlock, AddressState } from '../../datamodel/cluster/addressSpace.ts';
import { cellLength } from '../../scene/addresses/cells.ts';
import { number, STATE_NAMES } from '../../scene/addresses/describe.ts';
import { usesIn, within } from '../../scene/addresses/within.ts';
import { addressesIn, formatPrefix, type IpPrefix, networkOf } from '../../wire/address.ts';
import { Icon } from '../controls/icons.tsx';
import { Segmented } from '../controls/Segmented.tsx';
import { useLayoutKind } from '../shell/useLayoutKind.ts';
import { AddressMap } from './AddressMap.tsx';
import { AddressTable } from './AddressTable.tsx';
import { useAddresses } from './useAddresses.ts';
import '../dialogs/dialogs.css';
import './addresses.css';

/** The page given to the address space: ranges that open down to the single address, as a map and as a table. */
export function Addresses({ onClose }: { readonly onClose: () => void }) {
  const { space, problem } = useAddresses();
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Content
          className="addresses"
          aria-describedby={undefined}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            document.getElementById('open-addresses')?.focus();
          }}
        >
          <div className="addresses-head">
            <Dialog.Title className="dialog-title">Addresses</Dialog.Title>
            <Dialog.Close className="control" aria-label="Close">
              <Icon name="close" />
            </Dialog.Close>
          </div>
          <div className="addresses-body">
            {problem !== undefined && <p role="alert">The addresses cannot be told: {problem}</p>}
            {space === undefined ? <p role="status">Asking for the addresses…</p> : <Ranges ranges={space.ranges} />}
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Ranges({ ranges }: { readonly ranges: readonly AddressBlock[] }) {
  const layout = useLayoutKind();
  const names = rangeNames(ranges);
  const [chosen, setChosen] = useState(0);
  /** From the range's own parts to smaller ones. */
  const [path, setPath] = useState<readonly IpPrefix[]>([]);
  const [found, setFound] = useState<IpPrefix | undefined>(undefined);
  const [filter, setFilter] = useState('');
  const root = ranges[chosen] ?? ranges[0];
  if (!root) return <p className="empty">There is no cluster yet.</p>;
  const range = within(root, path.at(-1) ?? root.prefix);
  const go = (to: readonly IpPrefix[], look?: IpPrefix): void => {
    setPath(to);
    setFound(look);
  };
  return (
    <>
      <div className="addresses-tools">
        <Segmented
          label="Range"
          quiet
          value={String(chosen)}
          options={names.map((label, i) => ({ value: String(i), label }))}
          onChange={(value) => {
            setChosen(Number(value));
            go([]);
          }}
        />
        <input
          className="input"
          type="search"
          placeholder="Find an address or a name"
          aria-label="Find an address or a name"
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
      </div>
      <nav className="address-path" aria-label="Where in the address space">
        <ol>
          {[root.prefix, ...path].map((prefix, depth) => (
            <li key={formatPrefix(prefix)}>
              <button
                type="button"
                className="address-open mono"
                aria-current={depth === path.length ? 'location' : undefined}
                onClick={() => go(path.slice(0, depth), path[depth])}
              >
                {formatPrefix(prefix)}
              </button>
            </li>
          ))}
        </ol>
        <span className="address-count">
          {range.name}
          {range.node !== undefined && ` of ${range.node}`}: {number(usesIn(range).length)} of{' '}
          {number(addressesIn(range.prefix))} in use
        </span>
      </nav>
      <div className="addresses-views">
        <AddressMap
          range={range}
          columns={layout === 'phone' ? 8 : 16}
          found={found}
          onZoom={(prefix) => go([...path, prefix])}
          onBack={path.length > 0 ? () => go(path.slice(0, -1), path.at(-1)) : undefined}
        />
        <div className="addresses-table">
          <Legend range={range} />
          <AddressTable
            range={filter === '' ? range : root}
            filter={filter}
            onZoom={(prefix) => {
              const steps = stepsTo(root, prefix);
              go(steps, prefix);
            }}
          />
        </div>
      </div>
    </>
  );
}

/** The ranges that lead from a whole one to the map that an address or a smaller range is a cell of, or is itself. */
function stepsTo(root: AddressBlock, prefix: IpPrefix): readonly IpPrefix[] {
  const steps: IpPrefix[] = [];
  for (let range = root; range.prefix.length < prefix.length; ) {
    const length = cellLength(range);
    if (length >= prefix.length && prefix.length >= length && isSingle(prefix)) break;
    if (length > prefix.length) break;
    const step = networkOf({ address: prefix.address, length });
    steps.push(step);
    range = within(root, step);
  }
  return steps;
}

function isSingle(prefix: IpPrefix): boolean {
  return addressesIn(prefix) === 1n;
}

const SHOWN_STATES: readonly AddressState[] = ['pod', 'service', 'device', 'warm', 'cooling', 'kept'];

function Legend({ range }: { readonly range: AddressBlock }) {
  const states = new Set(usesIn(range).map(({ state }) => state));
  const hasNext = range.next !== undefined || range.blocks.some(({ next }) => next !== undefined);
  return (
    <ul className="address-legend" aria-label="What the marks mean">
      {SHOWN_STATES.filter((state) => states.has(state)).map((state) => (
        <li key={state}>
          <span className="address-state" data-state={state} aria-hidden="true" />
          {STATE_NAMES[state]}
        </li>
      ))}
      {hasNext && (
        <li>
          <span className="address-state" data-state="next" aria-hidden="true" />
          Next to be handed out
        </li>
      )}
      <li>
        <span className="address-state" data-state="free" aria-hidden="true" />
        Free
      </li>
    </ul>
  );
}

/** `Pods`, `Services`, `Nodes`; with their prefixes where there are several of a kind. */
function rangeNames(ranges: readonly AddressBlock[]): readonly string[] {
  return ranges.map(({ name, prefix }) => {
    const several = ranges.filter((other) => other.name === name).length > 1;
    return several ? `${name} ${formatPrefix(prefix)}` : name;
  });
}
