import { Command, Option } from 'commander';
import type { Flow, TrafficKind } from '../datamodel/flow/flow.ts';
import { conversationPcapng } from '../print/conversationPcapng.ts';
import type { Simulation } from '../sim/simulation.ts';
import type { IpAddress } from '../wire/address.ts';
import { type ClusterOptions, settingsOf, withClusterOptions } from './clusterOptions.ts';
import { conversationJson } from './conversationJson.ts';
import { conversationText } from './conversationText.ts';
import { type CutOptions, runCut, withCutOptions } from './cutOption.ts';
import { collect } from './execOption.ts';
import { INTERFACE_FLAGS, INTERFACE_HELP, readInterfaces } from './interfaceOption.ts';
import { loadCluster } from './loadCluster.ts';
import { address, endpoint, integerBetween } from './options.ts';
import { writeOut } from './output.ts';
import { UsageError } from './usageError.ts';

interface TraceOptions extends ClusterOptions, CutOptions {
  readonly exec: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly as?: TrafficKind;
  readonly payload?: number;
  readonly df?: boolean;
  readonly ttl?: number;
  readonly tos?: number;
  readonly bind?: IpAddress;
  readonly pick?: NonNullable<Flow['pick']>;
  readonly sourcePort?: number;
  readonly repeat: number;
  readonly warm: boolean;
  readonly randomFully: boolean;
  readonly interface: readonly string[];
  readonly output: 'text' | 'json' | 'pcapng';
}

/** `hopscope trace`: sends one flow through the cluster of the manifests and tells what every kernel did with it. */
export function traceCommand(): Command {
  const command = new Command('trace').description(
    'send traffic through the cluster that the manifests describe and follow it',
  );
  return withCutOptions(withClusterOptions(command))
    .requiredOption('--from <REF>', 'pod/NS/NAME, deploy/NS/NAME, node/NAME or the address of a host outside')
    .requiredOption('--to <REF[:PORT]>', 'the same, or svc/NS/NAME, a DNS name, any address')
    .addOption(
      new Option('--as <KIND>', 'what is sent (default: http with a port, else ping)').choices([
        'ping',
        'udp',
        'tcp',
        'http',
        'sctp',
      ]),
    )
    .option('--payload <BYTES>', 'size of the ping, datagram or upload', integerBetween(0, 65_507))
    .addOption(new Option('--df', 'the socket insists on path-MTU discovery (IP_PMTUDISC_DO)'))
    .addOption(new Option('--no-df', 'the socket does no path-MTU discovery (IP_PMTUDISC_DONT)'))
    .option('--ttl <N>', 'time to live', integerBetween(1, 255))
    .option('--tos <N>', 'type of service', integerBetween(0, 255))
    .option('--bind <ADDRESS>', 'source address of the sending socket', address)
    .option('--pick <IP:PORT>', 'the endpoint that the coin shall choose', endpoint)
    .option('--source-port <N>', 'source port of the sending socket', integerBetween(1, 65_535))
    .option('--repeat <N>', 'how often it is sent', integerBetween(1, 100), 1)
    .option('--warm', 'neighbour caches as if the two had just talked', false)
    .option('--no-random-fully', 'masquerade without --random-fully')
    .option(INTERFACE_FLAGS, INTERFACE_HELP, collect, [])
    .addOption(new Option('-o, --output <FORMAT>', 'how to tell').choices(['text', 'json', 'pcapng']).default('text'))
    .action(async (options: TraceOptions) => {
      const { randomFully } = options;
      const simulation = await loadCluster(options.file, { ...settingsOf(options), randomFully });
      runCut(simulation, options);
      const interfaces = readInterfaces(simulation, options.interface);
      if (interfaces && options.output !== 'pcapng') throw new UsageError('--interface needs -o pcapng');
      const conversation = simulation.send(readFlow(simulation, options));
      switch (options.output) {
        case 'json':
          return writeOut(conversationJson(conversation, simulation.cluster()));
        case 'pcapng':
          return writeOut(
            conversationPcapng(conversation, simulation.cluster(), { ...(interfaces && { interfaces }) }),
          );
        case 'text':
          return writeOut(conversationText(conversation, simulation.cluster()));
      }
    });
}

function readFlow(simulation: Simulation, options: TraceOptions): Flow {
  const from = simulation.resolve(options.from, 'from');
  if (!from.ok) throw new UsageError(`--from ${options.from}: ${from.message}`, 1);
  if (from.netns === undefined) throw new UsageError(`--from ${options.from}: nothing there can send`, 1);
  const to = simulation.resolve(options.to, 'to');
  if (!to.ok || to.to === undefined)
    throw new UsageError(`--to ${options.to}: ${to.ok ? 'no destination' : to.message}`, 1);
  const as = options.as ?? (to.port === undefined ? 'ping' : 'http');
  if (as !== 'ping' && to.port === undefined)
    throw new UsageError(`--to ${options.to}: ${as} needs a port, as in ${options.to}:80`, 1);
  return {
    from: from.netns,
    to: to.to,
    as,
    payload: options.payload ?? DEFAULT_PAYLOAD[as],
    repeat: options.repeat,
    warm: options.warm,
    ...(as !== 'ping' && to.port !== undefined && { port: to.port }),
    ...(options.df !== undefined && { pathMtuDiscovery: options.df ? ('do' as const) : ('dont' as const) }),
    ...(options.ttl !== undefined && { ttl: options.ttl }),
    ...(options.tos !== undefined && { tos: options.tos }),
    ...(options.bind !== undefined && { bind: options.bind }),
    ...(options.pick !== undefined && { pick: options.pick }),
    ...(options.sourcePort !== undefined && { sourcePort: options.sourcePort }),
  };
}

/** Bytes sent when nobody says how many: ping's customary 56, `hello`, a bare GET, nothing. */
const DEFAULT_PAYLOAD: Readonly<Record<TrafficKind, number>> = { ping: 56, udp: 5, http: 0, tcp: 0, sctp: 5 };
