import type { UnderlayName } from '../../datamodel/cluster/underlay.ts';
import type { Weighing } from '../../datamodel/cluster/weighing.ts';
import { EMPTY_DRAFT } from '../../store/draft.ts';
import { playTo } from '../../store/playTo.ts';
import type { Session } from '../../store/session.ts';
import { type Column, shownBy } from './columns.ts';

/** Lets a property be seen: the cluster is built with the backend on the underlay, and the ping that told of it is sent and played. */
export async function showIt(session: Session, weighing: Weighing, column: Column): Promise<void> {
  const { cni, shown } = weighing;
  const underlay: UnderlayName = weighing.underlay;
  const { view } = session.store.getState().cluster;
  if (shown) session.edit({ ...EMPTY_DRAFT, from: shown.from, to: shown.to, as: 'ping', payload: '56' });
  if (view?.cni !== cni || view.underlay.name !== underlay || view.layers)
    await session.configure({ cni, underlay, podMtu: 'auto' });
  if (!shown) return;
  const conversation = await session.send();
  const step = conversation && shownBy(conversation, column);
  const { track } = session.store.getState().traffic;
  if (step === undefined || !track) return;
  session.select({ pinned: undefined, followTable: true });
  playTo(session.playback, track, step);
}
