import { readFile, stat } from 'node:fs/promises';
import type { ClusterSettings, ManifestSource } from '../datamodel/cluster/command.ts';
import type { ManifestProblem } from '../datamodel/cluster/problem.ts';
import { createSimulation } from '../sim/createSimulation.ts';
import type { PrepareCluster } from '../sim/prepareCluster.ts';
import type { Simulation } from '../sim/simulation.ts';
import { UsageError } from './usageError.ts';

const MAXIMUM_BYTES = 64 * 1024 * 1024;

/**
 * Reads the files (`-` is standard input) and builds the cluster they describe.
 *
 * @param prepare how manifests are read: as new objects, unless told otherwise.
 * @throws UsageError with every problem.
 */
export async function loadCluster(
  files: readonly string[],
  settings: Partial<ClusterSettings>,
  prepare?: PrepareCluster,
): Promise<Simulation> {
  const sources = await Promise.all(files.map(readSource));
  const created = createSimulation(sources, settings, prepare);
  if (!created.ok) throw new UsageError(created.error.map(problemText).join('\n'), 1);
  return created.value;
}

/** `file:line:column: Pod default/web: spec.x: message`, as compilers write it. */
export function problemText(problem: ManifestProblem): string {
  const place = [problem.source, problem.line, problem.column].filter((part) => part !== undefined).join(':');
  return [place, problem.object, problem.field, problem.message].filter((part) => part !== undefined).join(': ');
}

/** A file's text, or standard input's for `-`. @throws UsageError when there is none. */
export async function readText(file: string): Promise<string> {
  return (await readSource(file)).text;
}

async function readSource(file: string): Promise<ManifestSource> {
  if (file === '-') return { name: 'stdin', text: await readStandardInput() };
  try {
    const { size } = await stat(file);
    if (size > MAXIMUM_BYTES) throw new UsageError(`${file}: ${size} bytes are too many: at most ${MAXIMUM_BYTES}`, 1);
    return { name: file, text: await readFile(file, 'utf8') };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${file}: ${(error as Error).message}`, 1);
  }
}

/** Everything that standard input holds, as text. @throws UsageError when it is too long. */
export async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAXIMUM_BYTES) throw new UsageError(`stdin: more than ${MAXIMUM_BYTES} bytes`, 1);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
