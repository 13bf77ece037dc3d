/**
 * Writes to standard output and waits until it has been taken. Ending the process before that would cut a pipe's last part.
 * A reader that went away (`| head`) is no error.
 */
export function writeOut(data: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.on('error', (error: NodeJS.ErrnoException) => (error.code === 'EPIPE' ? resolve() : reject(error)));
    process.stdout.write(data, (error) => (error ? undefined : resolve()));
  });
}
