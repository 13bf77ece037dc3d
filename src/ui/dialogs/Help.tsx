import { Dialog } from 'radix-ui';
import { Icon } from '../controls/icons.tsx';
import './dialogs.css';

const KEYS: readonly (readonly [readonly string[], string])[] = [
  [['Space'], 'play or pause'],
  [['←', '→'], 'previous or next step'],
  [['Shift', '← →'], 'previous or next hop'],
  [[',', '.'], 'slower, faster'],
  [['Home', 'End'], 'to the beginning, to the end'],
  [['↑', '↓'], 'from row to row in the hop list'],
  [['Enter'], 'send, from any field of the request'],
  [['Ctrl', 'Enter'], 'apply the manifests, in their editor'],
  [['T'], 'to the command line'],
  [['Tab'], 'complete there; Esc, then Tab, leaves it'],
  [['C'], 'compare: the same request under two modes, and what a Service costs in each'],
  [['A'], 'the addresses: every range down to the single one, and who has it'],
  [['B'], 'the backends: what each of them does on this underlay, to choose between them'],
  [['S'], 'the surprises: what Linux does otherwise than one is told'],
  [['?'], 'this help'],
];

const COLORS: readonly (readonly [string, string])[] = [
  ['eth', 'Ethernet and ARP'],
  ['ip', 'IP'],
  ['l4', 'TCP, UDP, ICMP'],
  ['tun', 'tunnel'],
  ['data', 'payload'],
  ['nat', 'rewritten here'],
  ['drop', 'dropped'],
];

export function Help({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content className="dialog">
          <div className="dialog-head">
            <Dialog.Title className="dialog-title">Help and keys</Dialog.Title>
            <Dialog.Close className="control" aria-label="Close">
              <Icon name="close" />
            </Dialog.Close>
          </div>
          <Dialog.Description>
            Kubernetes objects are compiled into the tables that kubelet, the CNI plugins, flanneld and kube-proxy would
            write. Real bytes then pass through a simulated Linux that knows nothing but those tables. Choose a step to
            see the packet and the line that decided; drop or paste manifests anywhere to see your own cluster.
          </Dialog.Description>
          <h2>Keys</h2>
          <dl className="keys">
            {KEYS.map(([keys, what]) => (
              <div key={what}>
                <dt>
                  {keys.map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
          <h2>Colours</h2>
          <ul className="legend">
            {COLORS.map(([color, what]) => (
              <li key={color}>
                <i style={{ background: `var(--${color})` }} />
                {what}
              </li>
            ))}
          </ul>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
