import { err, ok, type Result } from '../../base/result.ts';
import type { Applied, CommandOutput } from '../../datamodel/cluster/answer.ts';
import type { Operation } from '../../datamodel/cluster/operation.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import type { Configuration } from '../configuration.ts';
import { LIST_NAME } from '../controlplane/cni/networkListFile.ts';
import { directoryWith } from '../controlplane/network/lists/directories.ts';
import { AS_WRITTEN, type FileOverlay, rewritten } from '../controlplane/network/lists/networkLists.ts';
import { notSimulated } from '../controlplane/network/lists/notSimulated.ts';
import { networkProvider } from '../controlplane/network/providers.ts';
import { nodeNetns } from '../controlplane/plan.ts';
import type { Found } from '../course.ts';
import type { Edits } from '../edits.ts';
import { settle } from '../operate.ts';
import type { PreparedCluster } from '../prepareCluster.ts';
import { refused } from '../refused.ts';
import { runFileTool } from './fileTools.ts';

/** What a line or a command has made of a cluster's files, or why it made nothing. */
export type Filed =
  | {
      readonly ok: true;
      /** Absent: nothing was written. */
      readonly configuration?: Configuration;
      /** Edits up to now. */
      readonly edited: number;
      readonly output?: CommandOutput;
    }
  | Extract<Applied, { readonly ok: false }>;

/** Files of the nodes that CNI goes by. A part of its own: a page can open before it has loaded it. */
export interface NodeFiles {
  /** @param edited edits until now. */
  write(found: Found, operation: Extract<Operation, { readonly type: 'writeFile' }>, edited: number): Filed;
  /** Runs a command line of `cat`, `ls`, `cp`, `mv`, `rm`, `sed` or `echo` in a node's /etc/cni/net.d. */
  exec(found: Found, node: NetnsId, line: string, edited: number): Filed;
  /** What comes of it when nodes have the files that edits leave them. */
  settle(found: Found, edits: Edits): Result<Configuration, string>;
}

export const nodeFiles: NodeFiles = { write, exec, settle: refile };

const PREFIX = 'node/';

function write(found: Found, { nodes, name, text }: Parameters<NodeFiles['write']>[1], edited: number): Filed {
  const line = `${text === null ? 'rm' : 'tee'} /etc/cni/net.d/${name}`;
  if (!/^[\w.-]{1,255}$/.test(name)) return refusal(line, `${JSON.stringify(name)} is no name of a file`);
  const filed = record(found, nodes.map(nodeNetns), new Map([[name, text]]), line, edited);
  // no tool has printed anything
  return filed.ok ? filed : { ok: false, problems: filed.problems };
}

function exec(found: Found, id: NetnsId, line: string, edited: number): Filed {
  const { cni, objects, lists, settings } = found.configuration.cluster.plan;
  if (networkProvider(cni).takesLists !== true) return refusal(line, withoutLists(cni));
  const overlay = lists?.now.get(id.slice(PREFIX.length)) ?? AS_WRITTEN;
  const { output, files } = runFileTool(line, directoryWith(objects.network, overlay, settings.podMtu));
  if (output.exitCode !== 0) return refusal(line, output.errors, output);
  if (files.size === 0) return { ok: true, edited, output };
  const filed = record(found, [id], files, line, edited);
  return filed.ok ? { ...filed, output } : filed;
}

/** Remembers it as one edit a node. */
function record(found: Found, places: readonly NetnsId[], files: FileOverlay, line: string, edited: number): Filed {
  const { cluster } = found.configuration;
  let { edits } = found.configuration;
  let id = edited;
  const fileOwners = files.has(LIST_NAME) ? ['flanneld'] : [];
  for (const netns of places) {
    const name = netns.slice(PREFIX.length);
    if (!cluster.hasNode(name)) return refusal(line, `nodes "${name}" not found`);
    const parts = new Map([[netns, []]]);
    edits = edits.with({ id: ++id, netns, line, parts, learned: new Map(), files, fileOwners });
  }
  const configuration = refile(found, edits);
  return configuration.ok
    ? { ok: true, configuration: configuration.value, edited: id }
    : refusal(line, configuration.error);
}

function refile(found: Found, edits: Edits): Result<Configuration, string> {
  const { cluster } = found.configuration;
  const wanted = new Map([...edits.files].map(([netns, files]) => [netns.slice(PREFIX.length), files]));
  const prepared = rewrite(cluster.base, wanted, cluster.settings.seed, found.time);
  if (!prepared.ok) return prepared;
  const next = cluster.withObjects(prepared.value).synced(cluster, found);
  return ok(found.configuration.on(next).with(edits.settled(next.netns.bind(next))));
}

/** Lets nodes have other files than their agent wrote, and their kubelets act on it. */
function rewrite(
  prepared: PreparedCluster,
  wanted: ReadonlyMap<string, FileOverlay>,
  seed: number,
  time: number,
): Result<PreparedCluster, string> {
  if (prepared.networkHistory !== undefined)
    return err('Files of /etc/cni/net.d cannot be changed where CNIs were put one over the other');
  if (networkProvider(prepared.cni).takesLists !== true) return err(withoutLists(prepared.cni));
  for (const [node, overlay] of wanted) {
    const problem = notSimulated(directoryWith(prepared.objects.network, overlay));
    if (problem !== undefined) return err(`${node}: ${problem}`);
  }
  const networkLists = rewritten(prepared.networkLists, wanted, prepared.objects.pods);
  return settle({ ...prepared, networkLists }, seed, time);
}

function withoutLists(cni: string): string {
  return `Files of /etc/cni/net.d can be changed with flannel alone, not with ${cni}`;
}

function refusal(line: string, message: string, output?: CommandOutput): Extract<Filed, { readonly ok: false }> {
  return refused(line, message, output) as Extract<Applied, { readonly ok: false }>;
}
