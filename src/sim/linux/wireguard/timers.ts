import type { Timer } from '../eventQueue.ts';
import type { WireguardTunnel } from './tunnel.ts';

/** KEEPALIVE_TIMEOUT and REKEY_TIMEOUT (messages.h), virtual nanoseconds. */
const KEEPALIVE = 10_000_000_000;
export const REKEY_TIMEOUT = 5_000_000_000;

/**
 * Something authenticated went out (drivers/net/wireguard/timers.c): no keepalive is due any more. Data want an answer, be it a
 * keepalive.
 */
export function noteSent(tunnel: WireguardTunnel, what: 'data' | 'keepalive' | 'handshake'): void {
  stop(tunnel, 'keepalive');
  if (what !== 'data' || tunnel.state.silence) return;
  const { kernel, state } = tunnel;
  state.silence = kernel.world.queue.scheduleTimer(
    KEEPALIVE + REKEY_TIMEOUT,
    () => {
      delete state.silence;
      state.onSilence?.();
    },
    true,
  );
}

/** Something authenticated came. @param sendKeepalive what to do about data that nothing is sent back to for ten seconds. */
export function noteReceived(tunnel: WireguardTunnel, sendKeepalive?: () => void): void {
  stop(tunnel, 'silence');
  const { kernel, state } = tunnel;
  if (sendKeepalive === undefined || state.keepalive) return;
  state.keepalive = kernel.world.queue.scheduleTimer(
    KEEPALIVE,
    () => {
      delete state.keepalive;
      sendKeepalive();
    },
    true,
  );
}

export function stop({ kernel, state }: WireguardTunnel, name: 'keepalive' | 'silence' | 'retry'): void {
  const timer: Timer | undefined = state[name];
  if (timer) kernel.world.queue.cancel(timer);
  delete state[name];
}
