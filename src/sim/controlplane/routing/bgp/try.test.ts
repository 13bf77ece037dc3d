import { it } from 'vitest';
import { ControlPlane } from './controlPlane.ts';
import { recordedLeafSpine, recordedMesh } from './testing/recordedPlans.ts';
import { formatPrefix } from '../../../../wire/address.ts';

function show(cp: ControlPlane) {
  for (const { at, what } of cp.events) {
    const t = (at / 1e9).toFixed(6);
    if (what.kind === 'log') console.log(t, what.speaker, what.protocol, what.text);
    else if (what.kind === 'kernel') console.log(t, what.speaker, 'KERNEL', what.by, what.route ? '' : 'Deleted', formatPrefix(what.destination), JSON.stringify((what.route ?? what.old)?.nextHops));
    else if (what.kind === 'deed') console.log(t, 'DEED', JSON.stringify(what.does));
    else if (what.kind === 'sent' && what.message.type !== 'KEEPALIVE') console.log(t, what.speaker, '->', what.to, what.message.type, what.message.type === 'UPDATE' ? JSON.stringify([what.message.withdrawn.map(x=>formatPrefix(x.prefix)), what.message.reachable.map(x=>formatPrefix(x.prefix)), what.message.attributes?.asPath?.[0]?.ases]) : what.message.type === 'NOTIFICATION' ? what.message.code : '');
  }
}
it('mesh', () => {
  const cp = new ControlPlane(recordedMesh(), 1);
  cp.plan({ at: 4, does: { kind: 'shutdown', speaker: 'n3' } });
  cp.plan({ at: 4.1, does: { kind: 'start', speaker: 'n3' } });
  cp.plan({ at: 9, does: { kind: 'crash', speaker: 'n3' } });
  cp.plan({ at: 19, does: { kind: 'start', speaker: 'n3' } });
  cp.plan({ at: 26, does: { kind: 'crash', speaker: 'n3' } });
  cp.plan({ at: 149, does: { kind: 'start', speaker: 'n3' } });
  cp.plan({ at: 153, does: { kind: 'drop', link: 'lan', speaker: 'n2' } });
  cp.plan({ at: 332, does: { kind: 'pass', link: 'lan', speaker: 'n2' } });
  cp.runUntil(345);
  show(cp);
});
it('fabric', () => {
  const cp = new ControlPlane(recordedLeafSpine(), 1);
  cp.plan({ at: 3.1, does: { kind: 'interface-down', speaker: 't1', interface: 'to-s1' } });
  cp.plan({ at: 4.2, does: { kind: 'interface-up', speaker: 't1', interface: 'to-s1' } });
  cp.plan({ at: 12.5, does: { kind: 'drop', link: 't1-s1' } });
  cp.plan({ at: 27.3, does: { kind: 'pass', link: 't1-s1' } });
  cp.plan({ at: 33.1, does: { kind: 'interface-down', speaker: 'n3', interface: 'to-t2' } });
  cp.runUntil(36);
  show(cp);
});
