import { parseMacAddress } from '../../../../wire/address.ts';
import { EEXIST, type Namespace } from '../node/namespace.ts';
import { PluginFailure } from '../spec/cniError.ts';
import type { CniInterface } from '../spec/cniResult.ts';
import { quote } from '../spec/quote.ts';
import type { PluginArgs, PluginContext } from './plugin.ts';

/** How often a veth's name is drawn before giving up. */
const NAME_ATTEMPTS = 10;

/**
 * Makes a veth pair between the node and a sandbox (pkg/ip/link_linux.go, SetupVeth).
 *
 * @param wanted `mac`: the Pod's end's, '' for any.
 * @returns the ends as a result tells of them.
 * @throws PluginFailure when the sandbox has such an interface already.
 */
export function setupVeth(
  wanted: { readonly mtu: number; readonly mac: string },
  sandbox: Namespace,
  { ifName, netns }: PluginArgs,
  { node, entropy, release }: PluginContext,
): readonly [host: CniInterface, pod: CniInterface] {
  const given = wanted.mac === '' ? undefined : parseMacAddress(wanted.mac);
  if (wanted.mac !== '' && given === undefined) {
    throw new PluginFailure(`failed to make veth pair: address ${wanted.mac}: invalid MAC address`);
  }
  const mac = { host: entropy.mac('host veth'), container: given ?? entropy.mac('container veth') };
  const hostName = freeName(node.host, entropy.vethName);
  try {
    node.addVeth(sandbox, ifName, hostName, wanted.mtu, mac);
  } catch (error) {
    if (!(error instanceof PluginFailure)) throw error;
    if (error.message !== EEXIST) throw new PluginFailure(`failed to make veth pair: ${error.message}`);
    throw new PluginFailure(
      release.plugins === '1.1.1'
        ? `container veth name provided (${ifName}) already exists`
        : `container veth name (${quote(ifName)}) peer provided (${quote(hostName)}) already exists`,
    );
  }
  return [
    { name: hostName, mac: mac.host, sandbox: '' },
    { name: ifName, mac: mac.container, sandbox: netns },
  ];
}

function freeName(host: Namespace, draw: (attempt: number) => string): string {
  for (let attempt = 0; attempt < NAME_ATTEMPTS; attempt++) {
    const name = draw(attempt);
    if (host.link(name) === undefined) return name;
  }
  throw new PluginFailure('failed to find a unique veth name');
}
