import type { ClusterObjects } from '../../../datamodel/kubernetes/clusterObjects.ts';
import type { CniConfig } from '../../../datamodel/kubernetes/networkConfig.ts';
import type { NetworkList } from './runtime/networkList.ts';
import { failureText, PluginFailure } from './spec/cniError.ts';
import { isArray, isObject, type Json, jsonObject } from './spec/json.ts';
import { parseJson } from './spec/parseJson.ts';
import { atLeast } from './spec/version.ts';

/** What flannel's init container calls its cni-conf.json in /etc/cni/net.d. */
export const LIST_NAME = '10-flannel.conflist';

/** The network configuration list on every node of a cluster with flannel: as it was written, else as it would be. */
export function networkListText({ network }: Pick<ClusterObjects, 'network'>, podMtu: number | 'auto'): string {
  const { cni } = network.flannel;
  const text = cni.text ?? publishedList(cni);
  return podMtu === 'auto' ? text : withMtu(text, podMtu);
}

/** cni-conf.json as flannel publishes it, with what is said otherwise of it. */
function publishedList({
  name,
  cniVersion,
  bridge,
  hairpinMode,
  isDefaultGateway,
  mtu,
  ipMasq,
  portmap,
}: CniConfig): string {
  const delegate = jsonObject({
    hairpinMode,
    isDefaultGateway,
    bridge: bridge === 'cni0' ? undefined : bridge,
    mtu,
    ipMasq: ipMasq || undefined,
  });
  const plugins = [
    jsonObject({ type: 'flannel', delegate }),
    ...(portmap ? [jsonObject({ type: 'portmap', capabilities: jsonObject({ portMappings: true }) })] : []),
  ];
  return `${JSON.stringify(jsonObject({ name, cniVersion, plugins }), undefined, 2)}\n`;
}

/** Whoever wants Pods to have another MTU says so in the delegate. */
function withMtu(text: string, mtu: number): string {
  const parsed = parseJson(text);
  if (!parsed.ok || !isObject(parsed.value) || !isArray(parsed.value.plugins)) return text;
  const plugins = parsed.value.plugins.map((plugin): Json => {
    if (!isObject(plugin) || plugin.type !== 'flannel') return plugin;
    const delegate = isObject(plugin.delegate) ? plugin.delegate : {};
    return jsonObject({ ...plugin, delegate: jsonObject({ ...delegate, mtu }) });
  });
  return `${JSON.stringify(jsonObject({ ...parsed.value, plugins }), undefined, 2)}\n`;
}

/** What a person should know of a list that works. */
export function remarksOn({ cniVersion }: NetworkList): readonly string[] {
  try {
    if (atLeast(cniVersion, '0.4.0')) return [];
  } catch (error) {
    if (error instanceof PluginFailure) return [failureText(error)];
    throw error;
  }
  return [
    `cniVersion ${cniVersion === '' ? 'is missing, which means 0.1.0' : cniVersion}: Kubernetes asks for plugins that speak 0.4.0 or later, and these do. ` +
      'The version of a list is another matter: it only says which form configuration and results have. flannel publishes 0.3.1, and it works.',
    'What 0.3.1 does without: CHECK, which libcni refuses before it calls anybody, and the result of the ADD, which plugins are not told at DEL.',
  ];
}
