import type { BgpDeed } from '../../../../datamodel/bgp/operation.ts';

/** What undoes a deed. */
export function undoing(deed: BgpDeed): BgpDeed {
  switch (deed.kind) {
    case 'start':
      return { ...deed, kind: 'shutdown' };
    case 'shutdown':
    case 'crash':
      return { ...deed, kind: 'start' };
    case 'power-off':
      return { ...deed, kind: 'power-on' };
    case 'power-on':
      return { ...deed, kind: 'power-off' };
    case 'interface-down':
      return { ...deed, kind: 'interface-up' };
    case 'interface-up':
      return { ...deed, kind: 'interface-down' };
    case 'link-down':
      return { ...deed, kind: 'link-up' };
    case 'link-up':
      return { ...deed, kind: 'link-down' };
    case 'drop':
      return { ...deed, kind: 'pass' };
    case 'pass':
      return { ...deed, kind: 'drop' };
  }
}
