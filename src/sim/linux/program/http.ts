const HEAD_LIMIT = 16_384;

/** An HTTP/1.1 message while it arrives: a head, then as many bytes of body as it announces (RFC 9112). */
export class HttpMessage {
  private head = '';
  private headDone = false;
  private readonly body: Uint8Array[] = [];
  bodyLength = 0;

  add(bytes: Uint8Array): void {
    let rest = bytes;
    if (!this.headDone) {
      rest = this.addHead(bytes);
      if (!this.headDone) return;
    }
    if (rest.length === 0) return;
    this.bodyLength += rest.length;
    this.body.push(rest);
  }

  get complete(): boolean {
    return this.headDone && this.bodyLength >= this.announcedLength;
  }

  /** First line, e.g. `HTTP/1.1 200 OK`. */
  get firstLine(): string {
    return this.head.slice(0, this.head.indexOf('\r\n'));
  }

  /** The body as text, at most `limit` bytes of it. */
  text(limit: number): string {
    const decoder = new TextDecoder();
    let text = '';
    for (const part of this.body) {
      if (text.length >= limit) break;
      text += decoder.decode(part.subarray(0, limit - text.length));
    }
    return text;
  }

  private get announcedLength(): number {
    const value = /^content-length:[ \t]*(\d{1,15})[ \t]*$/im.exec(this.head)?.[1];
    return value === undefined ? 0 : Number(value);
  }

  /** @returns what follows the head. */
  private addHead(bytes: Uint8Array): Uint8Array {
    const before = this.head.length;
    let text = '';
    for (const byte of bytes.subarray(0, HEAD_LIMIT)) text += String.fromCharCode(byte);
    const joined = this.head + text;
    const end = joined.indexOf('\r\n\r\n');
    if (end < 0) {
      this.head = joined.slice(0, HEAD_LIMIT);
      return new Uint8Array(0);
    }
    this.headDone = true;
    this.head = joined.slice(0, end + 2);
    return bytes.subarray(Math.max(0, end + 4 - before));
  }
}

/** A GET, or an upload of `upload` bytes when that is not 0. */
export function httpRequest(host: string, upload: number): Uint8Array {
  const length = upload > 0 ? `Content-Length: ${upload}\r\n` : '';
  const head = new TextEncoder().encode(`GET / HTTP/1.1\r\nHost: ${host}\r\n${length}\r\n`);
  const bytes = new Uint8Array(head.length + upload).fill(0x78);
  bytes.set(head);
  return bytes;
}

export function httpAnswer(body: string, status = '200 OK'): Uint8Array {
  const length = new TextEncoder().encode(body).length;
  return new TextEncoder().encode(`HTTP/1.1 ${status}\r\nContent-Length: ${length}\r\n\r\n${body}`);
}
