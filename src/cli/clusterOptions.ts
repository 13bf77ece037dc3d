import { type Command, Option } from 'commander';
import { CNI_BACKENDS } from '../datamodel/cluster/cniBackends.ts';
import type { ClusterSettings, CniBackend, EbpfSettings, ProxyMode } from '../datamodel/cluster/command.ts';
import { ebpfOption } from './ebpfOption.ts';
import { collect, EXEC_FLAGS, EXEC_HELP } from './execOption.ts';
import { integerBetween } from './options.ts';

const PROXY_MODES: readonly ProxyMode[] = ['iptables', 'nftables', 'ipvs', 'ebpf'];

/** What every command that builds a cluster can be told about it. */
export interface ClusterOptions {
  readonly file: readonly string[];
  readonly cni?: CniBackend;
  readonly proxyMode?: ProxyMode;
  readonly ebpf?: EbpfSettings;
  readonly exec: readonly string[];
  readonly seed: number;
}

/** Adds the options for it to a command. */
export function withClusterOptions(command: Command): Command {
  return command
    .requiredOption('-f, --file <FILE...>', 'manifests, YAML or JSON; - is standard input')
    .addOption(new Option('--cni <BACKEND>', 'override what the manifests say').choices(CNI_BACKENDS))
    .addOption(new Option('--proxy-mode <MODE>', 'override what kube-proxy’s configuration says').choices(PROXY_MODES))
    .addOption(ebpfOption())
    .option(EXEC_FLAGS, EXEC_HELP, collect, [])
    .option('--seed <N>', 'chance', integerBetween(0, 0xffffffff), 1);
}

/** What the options say, as a simulation takes it. */
export function settingsOf({ cni, proxyMode, ebpf, seed }: ClusterOptions): Partial<ClusterSettings> {
  return { ...(cni && { cni }), ...(proxyMode && { proxyMode }), ...(ebpf && { ebpf }), seed };
}
