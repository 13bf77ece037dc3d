import { type ConfDirectory, loadedList } from '../../cni/confDirectory.ts';
import { isObject, type Json, type JsonObject } from '../../cni/spec/json.ts';
import { DEBIAN_RELEASE } from '../../cni/spec/release.ts';

/** Plugins that come with the ones that are simulated: to say that they are not installed would be wrong. */
const OTHERS = ['dhcp', 'host-device', 'ipvlan', 'macvlan', 'sbr', 'vlan', 'vrf'];
const MOST_FILES = 32;
const LONGEST_TEXT = 65_536;

/** Why the Pods of a node that goes by such a directory could not be shown as they would really be; undefined: they can. */
export function notSimulated(directory: ConfDirectory): string | undefined {
  if (directory.size > MOST_FILES) return `more than ${MOST_FILES} files`;
  for (const [name, text] of directory) {
    if (text.length > LONGEST_TEXT) return `${name} has more than ${LONGEST_TEXT} characters`;
  }
  const list = loadedList(directory, DEBIAN_RELEASE);
  if (!list.ok) return undefined;
  for (const { type, config } of list.value.plugins) {
    const problem = problemOf(type, config) ?? problemOfDelegate(config.delegate);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function problemOfDelegate(delegate: Json | undefined): string | undefined {
  if (!isObject(delegate)) return undefined;
  return problemOf(typeof delegate.type === 'string' ? delegate.type : 'bridge', delegate);
}

function problemOf(type: string, config: JsonObject): string | undefined {
  const has = (key: string): boolean => config[key] !== undefined && config[key] !== false && config[key] !== 0;
  if (OTHERS.includes(type)) return `the ${type} plugin is not simulated`;
  if (isObject(config.ipam) && OTHERS.includes(String(config.ipam.type)))
    return `the ${String(config.ipam.type)} plugin is not simulated`;
  if (type === 'bandwidth' && (has('ingressRate') || has('egressRate')))
    return 'the rates that bandwidth would set are not simulated: packets are not shaped here';
  if (type === 'bridge' && has('vlan')) return 'bridges that filter VLANs are not simulated';
  for (const mode of ['promiscMode', 'promisc', 'allmulti']) if (has(mode)) return `${mode} is not simulated`;
  return undefined;
}
