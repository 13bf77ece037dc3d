import { describe, expect, it } from 'vitest';
import { ipAddress } from '../../../wire/address.ts';
import type { TcpOption } from '../../../wire/tcp.ts';
import { emitTcp } from '../../../wire/tcp.ts';
import { segmentKind } from './tcpStates.ts';
import { readSegment, type TcpTracking, trackingFrom, trackWindow } from './tcpWindow.ts';
import { ACK, SYN, SYN_ACK } from './testing/packets.ts';

const ends = { source: ipAddress('10.0.0.1'), destination: ipAddress('10.0.0.2') };
const scale = (shift: number): TcpOption => ({ kind: 'windowScale', shift });

interface Made {
  readonly flags: number;
  readonly sequence: number;
  readonly acknowledgement?: number;
  readonly window?: number;
  readonly options?: readonly TcpOption[];
  readonly size?: number;
}

function segment({ flags, sequence, acknowledgement = 0, window = 1000, options = [], size = 0 }: Made) {
  const fields = { sourcePort: 1, destinationPort: 2, sequence, acknowledgement, flags, window, options };
  const bytes = emitTcp(fields, new Uint8Array(size), ends);
  return readSegment(bytes, 0, bytes.length, segmentKind(flags));
}

/** A connection after its handshake: client at `base`, server at 5000, windows of 1000 and 2000. */
function established(base = 1000, client: readonly TcpOption[] = [], server: readonly TcpOption[] = []): TcpTracking {
  const next = (base + 1) >>> 0;
  const tracking = trackingFrom(segment({ flags: SYN, sequence: base, options: client }));
  expect(trackWindow(tracking, segment({ flags: SYN, sequence: base, options: client }), false, 'NONE')).toBe('accept');
  const synAck = segment({ flags: SYN_ACK, sequence: 5000, acknowledgement: next, window: 2000, options: server });
  expect(trackWindow(tracking, synAck, true, 'SYN_SENT')).toBe('accept');
  expect(trackWindow(tracking, segment({ flags: ACK, sequence: next, acknowledgement: 5001 }), false, 'SYN_RECV')).toBe(
    'accept',
  );
  return tracking;
}

const send = (tracking: TcpTracking, made: Omit<Made, 'flags'>, reply = false) =>
  trackWindow(tracking, segment({ flags: ACK, ...made }), reply, 'ESTABLISHED');

describe('reading a segment', () => {
  it('counts SYN and FIN as one, and wraps', () => {
    expect(segment({ flags: SYN, sequence: 0xffff_ffff }).end).toBe(0);
    expect(segment({ flags: ACK | 1, sequence: 10, size: 5 }).end).toBe(16);
    expect(segment({ flags: ACK, sequence: 0xffff_fff0, size: 32 }).end).toBe(16);
  });

  it('reads options that make no sense as none', () => {
    const bytes = emitTcp(
      {
        sourcePort: 1,
        destinationPort: 2,
        sequence: 0,
        acknowledgement: 0,
        flags: SYN,
        window: 1,
        options: [scale(7)],
      },
      undefined,
      ends,
    );
    bytes[21] = 60;
    expect(readSegment(bytes, 0, bytes.length, 'syn').options).toEqual([]);
  });
});

describe('the window [CT10]', () => {
  it('takes data up to what the receiver offered, and refuses what begins behind it', () => {
    const tracking = established();
    expect(send(tracking, { sequence: 1001, acknowledgement: 5001, size: 2000 })).toBe('accept');
    expect(send(tracking, { sequence: 3001, acknowledgement: 5001, size: 100 })).toBe('accept');
    expect(send(tracking, { sequence: 3102, acknowledgement: 5001, size: 100 })).toBe('invalid');
  });

  it('an acknowledgement moves it on', () => {
    const tracking = established();
    expect(send(tracking, { sequence: 1001, acknowledgement: 5001, size: 2000 })).toBe('accept');
    expect(send(tracking, { sequence: 5001, acknowledgement: 3001, window: 2000 }, true)).toBe('accept');
    expect(send(tracking, { sequence: 3001, acknowledgement: 5001, size: 2000 })).toBe('accept');
  });

  it('an acknowledgement of what was never sent is refused', () => {
    const tracking = established();
    expect(send(tracking, { sequence: 1001, acknowledgement: 5002 })).toBe('invalid');
    expect(send(tracking, { sequence: 5001, acknowledgement: 1500 }, true)).toBe('invalid');
  });

  it('what is older than the window passes, and changes nothing', () => {
    const tracking = established();
    for (let i = 0; i < 50; i++) {
      expect(send(tracking, { sequence: 1001 + i * 2000, acknowledgement: 5001, size: 2000 })).toBe('accept');
      expect(send(tracking, { sequence: 5001, acknowledgement: 3001 + i * 2000, window: 2000 }, true)).toBe('accept');
    }
    const before = structuredClone(tracking);
    expect(send(tracking, { sequence: 1001, acknowledgement: 5001, size: 100 })).toBe('ignore');
    expect(send(tracking, { sequence: 5001, acknowledgement: 1001 }, true)).toBe('ignore');
    expect(tracking).toEqual(before);
  });

  it('scales windows when both ends asked for it, and not when one did', () => {
    const both = established(1000, [scale(2)], [scale(3)]);
    expect(send(both, { sequence: 5001, acknowledgement: 1001, window: 2000 }, true)).toBe('accept');
    expect(send(both, { sequence: 1001, acknowledgement: 5001, size: 16_000 })).toBe('accept');
    expect(send(both, { sequence: 17_002, acknowledgement: 5001, size: 10 })).toBe('invalid');
    const one = established(1000, [scale(2)], []);
    // The client's window of 1000 counts as it stands: the server may send 1000 bytes, and no 4000.
    expect(send(one, { sequence: 5001, acknowledgement: 1001, size: 1000 }, true)).toBe('accept');
    expect(send(one, { sequence: 6002, acknowledgement: 1001, size: 10 }, true)).toBe('invalid');
  });

  it('goes on where sequence numbers wrap', () => {
    const tracking = established(0xffff_ff00);
    expect(send(tracking, { sequence: 0xffff_ff01, acknowledgement: 5001, size: 1000 })).toBe('accept');
    expect(send(tracking, { sequence: 5001, acknowledgement: (0xffff_ff01 + 1000) >>> 0, window: 2000 }, true)).toBe(
      'accept',
    );
    expect(send(tracking, { sequence: (0xffff_ff01 + 1000) >>> 0, acknowledgement: 5001, size: 1000 })).toBe('accept');
    expect(send(tracking, { sequence: (0xffff_ff01 + 5000) >>> 0, acknowledgement: 5001, size: 10 })).toBe('invalid');
  });

  it('a selective acknowledgement counts where it was agreed on', () => {
    const sack: TcpOption = { kind: 'sackPermitted' };
    const tracking = established(1000, [sack], [sack]);
    expect(send(tracking, { sequence: 1001, acknowledgement: 5001, size: 1000 })).toBe('accept');
    const blocks: TcpOption = { kind: 'sack', blocks: [{ left: 1501, right: 2001 }] };
    expect(send(tracking, { sequence: 5001, acknowledgement: 1001, window: 2000, options: [blocks] }, true)).toBe(
      'accept',
    );
    const unsent: TcpOption = { kind: 'sack', blocks: [{ left: 2001, right: 2501 }] };
    expect(send(tracking, { sequence: 5001, acknowledgement: 1001, window: 2000, options: [unsent] }, true)).toBe(
      'invalid',
    );
  });

  it('counts an acknowledgement that is repeated unchanged', () => {
    const tracking = established();
    for (let i = 0; i < 3; i++) send(tracking, { sequence: 1001, acknowledgement: 5001 });
    expect(tracking.retransmissions).toBe(3);
    send(tracking, { sequence: 1001, acknowledgement: 5001, size: 10 });
    expect(tracking.retransmissions).toBe(0);
  });
});
