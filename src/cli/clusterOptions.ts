import { type Command, Option } from 'commander';
import { CNI_BACKENDS } from '../datamodel/cluster/cniBackends.ts';
import type { ClusterSettings, CniBackend, EbpfSettings, ProxyMode } from '../datamodel/cluster/command.ts';
import { UNDERLAYS, type UnderlayName, type UnderlayOptions } from '../datamodel/cluster/underlay.ts';
import { ebpfOption } from './ebpfOption.ts';
import { collect, EXEC_FLAGS, EXEC_HELP } from './execOption.ts';
import { integerBetween } from './options.ts';
import { UsageError } from './usageError.ts';

const PROXY_MODES: readonly ProxyMode[] = ['iptables', 'nftables', 'ipvs', 'ebpf'];

/** What every command that builds a cluster can be told about it. */
export interface ClusterOptions {
  readonly file: readonly string[];
  readonly cni?: CniBackend;
  readonly proxyMode?: ProxyMode;
  readonly ebpf?: EbpfSettings;
  readonly underlay?: UnderlayName;
  readonly underlayMtu?: number;
  readonly underlayPasses?: string;
  readonly sourceDestCheck: boolean;
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
    .addOption(new Option('--underlay <NAME>', 'what lies between the nodes').choices(UNDERLAYS))
    .option('--underlay-mtu <BYTES>', 'MTU of the nodes’ network cards', integerBetween(68, 65_535))
    .option('--underlay-passes <LIST>', 'what the filtered underlay lets through: tcp,icmp,udp/53')
    .option('--no-source-dest-check', 'the cloud does not check whether packets are an instance’s own')
    .option(EXEC_FLAGS, EXEC_HELP, collect, [])
    .option('--seed <N>', 'chance', integerBetween(0, 0xffffffff), 1);
}

/** What the options say, as a simulation takes it. @throws UsageError for what contradicts itself. */
export function settingsOf(options: ClusterOptions): Partial<ClusterSettings> {
  const { cni, proxyMode, ebpf, seed, underlay } = options;
  const underlayOptions = underlayOptionsOf(options);
  return {
    ...(cni && { cni }),
    ...(proxyMode && { proxyMode }),
    ...(ebpf && { ebpf }),
    ...(underlay && { underlay }),
    ...(underlayOptions && { underlayOptions }),
    seed,
  };
}

function underlayOptionsOf(options: ClusterOptions): UnderlayOptions | undefined {
  const { underlay, underlayMtu: mtu, underlayPasses, sourceDestCheck } = options;
  if (underlayPasses !== undefined && underlay !== 'filtered')
    throw new UsageError('--underlay-passes is of --underlay filtered alone');
  if (!sourceDestCheck && underlay !== 'cloud-vpc')
    throw new UsageError('--no-source-dest-check is of --underlay cloud-vpc alone');
  const passes = underlayPasses?.split(',').map((text) => text.trim());
  if (mtu === undefined && passes === undefined && sourceDestCheck) return undefined;
  return {
    ...(mtu !== undefined && { mtu }),
    ...(passes && { passes }),
    ...(!sourceDestCheck && { sourceDestinationCheck: false }),
  };
}
