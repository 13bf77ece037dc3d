// Serves the built app from dist/app on the loopback interface: `node scripts/serve.mjs [--port N] [--path /some/where/]`.
// Without a port the system chooses one. Also a function, for the bench and the end-to-end tests.

import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sirv from 'sirv';

const built = fileURLToPath(new URL('../dist/app', import.meta.url));

/**
 * Starts serving and says where.
 * @param {object} [options]
 * @param {number} [options.port] 0 or none: a free one
 * @param {string} [options.path] where the app lies, '/' or '/a/b/'
 * @param {string} [options.app] the folder to serve, when it is not dist/app
 * @param {(path: string) => void} [options.onRequest] is told what is asked for, relative to the app
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
export async function serve({ port = 0, path = '/', app = built, onRequest } = {}) {
  const files = sirv(app, { dev: true, etag: true, dotfiles: false });
  const server = createServer((request, response) => {
    const missing = () => {
      response.statusCode = 404;
      response.end('not found');
    };
    if (!request.url?.startsWith(path)) return missing();
    request.url = `/${request.url.slice(path.length)}`;
    onRequest?.(request.url);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    files(request, response, missing);
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(undefined));
  });
  const address = server.address();
  const actual = typeof address === 'object' && address ? address.port : port;
  return {
    url: `http://127.0.0.1:${actual}${path}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { port: { type: 'string' }, path: { type: 'string' } } });
  const { url } = await serve({ port: Number(values.port ?? 0), path: values.path ?? '/' });
  console.log(url);
}
