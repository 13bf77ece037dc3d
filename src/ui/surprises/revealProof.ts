import type { Proof } from '../../lessons/surprises/surprise.ts';
import type { Session } from '../../store/session.ts';

/** Brings the proof into sight where it is not: the packet in its drawer, or further down the page. */
export function revealProof(session: Session, { show }: Proof): void {
  const place = document.querySelector(show.type === 'line' ? '.app-dock' : '.packet-panel');
  if (place) place.scrollIntoView({ block: 'nearest' });
  else session.select({ panel: 'inspector' });
}
