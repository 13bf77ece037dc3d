import type { BridgeLink, VethLink } from '../../../../datamodel/network/link.ts';
import type { IpPrefix, MacAddress } from '../../../../wire/address.ts';
import type { AgentAnswer } from '../backends/agentAnswer.ts';
import { bridgePort, hostEndOfVeth, newBridge, podEndOfVeth } from '../bridgeLinks.ts';
import { PluginFailure } from '../spec/cniError.ts';
import { EEXIST, EINVAL, ERANGE, type Namespace } from './namespace.ts';

/** What the kernel and the plugins draw at random. */
export interface Entropy {
  /** MAC of a new bridge, or of one end of a new veth. */
  mac(device: 'bridge' | 'host veth' | 'container veth' | 'ifb'): MacAddress;
  /** The bridge plugin's name for a veth's end on the node. @param attempt counts up while names are taken. */
  vethName(attempt: number): string;
}

/** IFNAMSIZ less the terminator. */
const LONGEST_NAME = 15;
const ETHERNET = { least: 68, most: 65535, usual: 1500 };

/**
 * A node while plugins are at work on it: its own network namespace, those of sandboxes by their path, and the files that
 * plugins and the runtime keep.
 */
export class CniNode {
  readonly host: Namespace;
  readonly sandboxes: Map<string, Namespace>;
  readonly files: Map<string, string>;
  /** What the CNI's agent answers its plugins, by container. */
  readonly answers = new Map<string, AgentAnswer>();
  /** Names of the binaries in /opt/cni/bin. */
  readonly installed: ReadonlySet<string>;

  constructor(
    host: Namespace,
    sandboxes: ReadonlyMap<string, Namespace>,
    files: ReadonlyMap<string, string>,
    installed: ReadonlySet<string>,
  ) {
    this.host = host;
    this.sandboxes = new Map(sandboxes);
    this.files = new Map(files);
    this.installed = installed;
  }

  /** A copy that can be worked on without touching this one. */
  clone(): CniNode {
    const sandboxes = new Map([...this.sandboxes].map(([path, netns]) => [path, netns.clone()]));
    const copy = new CniNode(this.host.clone(), sandboxes, this.files, this.installed);
    for (const [container, answer] of this.answers) copy.answers.set(container, answer);
    return copy;
  }

  /** @throws PluginFailure in the words of pkg/ns when there is nothing at the path. */
  sandbox(path: string): Namespace {
    const found = this.sandboxes.get(path);
    if (found === undefined) {
      throw new PluginFailure(`failed to Statfs ${JSON.stringify(path)}: no such file or directory`);
    }
    return found;
  }

  /** Files whose names begin so, in the order of filepath.Walk. */
  filesBelow(directory: string): readonly (readonly [string, string])[] {
    return [...this.files].filter(([path]) => path.startsWith(`${directory}/`)).sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** The lines of a file. @throws PluginFailure as os.Open words it. */
  readFile(path: string): string {
    const text = this.files.get(path);
    if (text === undefined) throw new PluginFailure(`open ${path}: no such file or directory`);
    return text;
  }

  /** `ip link add NAME type bridge`; 0 for the usual MTU. */
  addBridge(name: string, mtu: number, entropy: Entropy): BridgeLink {
    const { host } = this;
    if (name === '') throw new PluginFailure('LinkAttrs.Name cannot be empty');
    if (name.length > LONGEST_NAME) throw new PluginFailure(ERANGE);
    if (host.link(name)) throw new PluginFailure(EEXIST);
    checkMtu(mtu);
    const bridge = newBridge(name, host.takeIndex(), entropy.mac('bridge'), mtu === 0 ? ETHERNET.usual : mtu);
    host.links = [...host.links, { ...bridge, up: false }];
    return bridge;
  }

  /** A veth pair, one end in a sandbox and down, the other on the node and up. */
  addVeth(
    sandbox: Namespace,
    name: string,
    hostName: string,
    mtu: number,
    mac: { readonly host: MacAddress; readonly container: MacAddress },
  ): void {
    if (sandbox.link(name) || this.host.link(hostName)) throw new PluginFailure(EEXIST);
    checkMtu(mtu);
    const ends = {
      host: { netns: this.host.id, link: hostName, index: this.host.takeIndex() },
      pod: { netns: sandbox.id, link: name, index: sandbox.takeIndex() },
      mtu: mtu === 0 ? ETHERNET.usual : mtu,
    };
    this.host.links = [...this.host.links, hostEndOfVeth(ends, mac.host)];
    sandbox.links = [...sandbox.links, { ...podEndOfVeth(ends, mac.container), up: false }];
  }

  setMaster(port: string, bridge: string, hairpin: boolean): void {
    this.host.replaceLink(port, (link) => ({ ...link, port: bridgePort(bridge, hairpin) }));
    this.host.adjustBridge(bridge);
  }

  /** `ip link del`: the other end of a veth goes with it, wherever it is. */
  deleteLink(netns: Namespace, name: string): void {
    const link = netns.link(name);
    if (link === undefined) return;
    netns.removeLink(name);
    if (link.port) netns.adjustBridge(link.port.bridge);
    if (link.kind === 'bridge') this.#releasePorts(netns, name);
    if (link.kind !== 'veth') return;
    const other = this.#namespaceOf(link);
    const end = other?.link(link.peer.link);
    if (other === undefined || end === undefined) return;
    other.removeLink(end.name);
    if (end.port) other.adjustBridge(end.port.bridge);
  }

  /** What becomes of a sandbox's devices with it: the veths' other ends go, too. */
  deleteSandbox(path: string): void {
    const netns = this.sandboxes.get(path);
    if (netns === undefined) return;
    for (const { name } of netns.links) this.deleteLink(netns, name);
    this.sandboxes.delete(path);
  }

  /** The node's other end of a veth in a sandbox. */
  peerOnHost(link: VethLink): string | undefined {
    return link.peer.netns === this.host.id && this.host.link(link.peer.link) ? link.peer.link : undefined;
  }

  setAddress(bridge: string, prefix: IpPrefix, mac: MacAddress): void {
    this.host.addAddress(bridge, prefix);
    this.host.fixedMacs.add(bridge);
    this.host.replaceLink(bridge, (link) => ({ ...link, mac }));
  }

  #releasePorts(netns: Namespace, bridge: string): void {
    netns.links = netns.links.map((link) => {
      if (link.port?.bridge !== bridge) return link;
      const { port: _, ...rest } = link;
      return rest as typeof link;
    });
  }

  #namespaceOf(link: VethLink): Namespace | undefined {
    const { netns } = link.peer;
    return netns === this.host.id ? this.host : [...this.sandboxes.values()].find(({ id }) => id === netns);
  }
}

function checkMtu(mtu: number): void {
  if (mtu !== 0 && (mtu < ETHERNET.least || mtu > ETHERNET.most)) throw new PluginFailure(EINVAL);
}
