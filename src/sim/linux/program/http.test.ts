import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HttpMessage, httpAnswer, httpRequest } from './http.ts';

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

test('[PG2] the requests a real client was seen to send', () => {
  expect(text(httpRequest('web', 0))).toBe('GET / HTTP/1.1\r\nHost: web\r\n\r\n');
  expect(text(httpRequest('web', 3))).toBe('GET / HTTP/1.1\r\nHost: web\r\nContent-Length: 3\r\n\r\nxxx');
  expect(httpRequest('web', 3000).length).toBe(3051);
});

test('a message is complete exactly when its head and announced body are there, however it is cut', () => {
  fc.assert(
    fc.property(
      fc.nat(500),
      fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 40 }),
      (upload, cuts) => {
        const bytes = httpRequest('web', upload);
        const message = new HttpMessage();
        let at = 0;
        for (let i = 0; at < bytes.length; i++) {
          expect(message.complete).toBe(false);
          const next = Math.min(at + (cuts[i % cuts.length] ?? 1), bytes.length);
          message.add(bytes.subarray(at, next));
          at = next;
        }
        expect(message.complete).toBe(true);
        expect(message.bodyLength).toBe(upload);
      },
    ),
  );
});

test('the answer announces the bytes of its body, and its reader gets the body', () => {
  const message = new HttpMessage();
  message.add(httpAnswer('pod=ü\n'));
  expect(message.complete).toBe(true);
  expect(message.firstLine).toBe('HTTP/1.1 200 OK');
  expect(message.text(100)).toBe('pod=ü\n');
  expect(message.bodyLength).toBe(7);
});

test('a head without an end is not kept for ever', () => {
  const message = new HttpMessage();
  for (let i = 0; i < 100; i++) message.add(new Uint8Array(1000).fill(0x61));
  expect(message.complete).toBe(false);
  expect(message.firstLine.length).toBeLessThanOrEqual(16_384);
});
