import { spawnSync } from 'node:child_process';

/** Milliseconds after which a load is given up: what is known then is that it takes longer. */
const longest = 180_000;

/**
 * Lets a real tool load a table into a network namespace that is made for it and gone afterwards.
 * @param {string} loader a command that reads the table from its standard input: `iptables-restore`, or `nft -f` with a file
 * @param {string} text
 * @returns {{ took: number, givenUp: boolean } | string} milliseconds of the tool alone, at least when it was given up; or why
 * there are none
 */
export function kernelLoads(loader, text) {
  const [tool = ''] = loader.split(' ');
  for (const needed of ['unshare', tool]) {
    if (spawnSync('which', [needed]).status !== 0) return `${needed} is not installed`;
  }
  const command = loader === 'nft -f' ? 'nft -f -' : loader;
  const empty = timed(command, '');
  if (typeof empty === 'string') return empty;
  const loaded = timed(command, `${text}\n`);
  // what making the namespace and starting the tool takes is nobody's
  return typeof loaded === 'string' ? loaded : { ...loaded, took: loaded.took - empty.took };
}

/**
 * @param {string} command
 * @param {string} input
 * @returns {{ took: number, givenUp: boolean } | string}
 */
function timed(command, input) {
  const start = performance.now();
  const { status, error, stderr } = spawnSync('unshare', ['--net', ...command.split(' ')], {
    input,
    encoding: 'utf8',
    timeout: longest,
    maxBuffer: 2 ** 26,
  });
  const took = performance.now() - start;
  if (error && 'code' in error && error.code === 'ETIMEDOUT') return { took, givenUp: true };
  if (error) return error.message;
  return status === 0
    ? { took, givenUp: false }
    : (stderr.split('\n').find((line) => line !== '') ?? `it ended with ${status}`);
}
