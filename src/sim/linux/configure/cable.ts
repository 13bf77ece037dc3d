import { ok } from '../../../base/result.ts';
import type { CableEdit } from '../../../datamodel/network/edit.ts';
import { type EditResult, linkOf, type NetnsState, noDevice, replaced, withNetns } from './netnsState.ts';

/** A cable is pulled out of a card, or begins to lose what it carries. Routes and neighbours stay: a kernel only notes the carrier. */
export function touchCable(state: NetnsState, { dev, state: cable }: CableEdit): EditResult {
  const link = linkOf(state, dev);
  if (link?.kind !== 'physical') return noDevice(dev);
  return ok(withNetns(state, { links: replaced(state.netns.links, link, { ...link, cable }) }));
}
