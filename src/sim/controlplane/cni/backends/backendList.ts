import type { CniBackend } from '../../../../datamodel/cluster/command.ts';
import { formatPrefix } from '../../../../wire/address.ts';
import type { ClusterPlan } from '../../clusterPlan.ts';
import { nodePodCidr } from '../../ipam/podAddresses.ts';
import type { NodePlan } from '../../nodePlan.ts';
import { CONF_DIR } from '../confDirectory.ts';

/** A backend's network configuration on a node: where it is, and the list as it is. */
export interface BackendList {
  readonly path: string;
  readonly name: string;
  readonly text: string;
}

type Project = 'calico' | 'cilium' | 'aws' | 'kubenet';

const LISTS: Readonly<Record<Project, (plan: ClusterPlan, node: NodePlan) => BackendList>> = {
  calico: (plan, node) => file('10-calico.conflist', calicoList(plan, node)),
  cilium: ({ network }) => file('05-cilium.conflist', written(ciliumList(network.hostPorts === 'services'))),
  aws: (plan, node) => file('10-aws.conflist', written(awsList(plan, node))),
  kubenet: (plan, node) => ({
    path: 'kubenet, in kubelet itself',
    name: 'kubenet.conflist',
    text: written(kubenetList(plan, node)),
  }),
};

function file(name: string, text: string): BackendList {
  return { path: `${CONF_DIR}/${name}`, name, text };
}

/** The list of a CNI that is not flannel; undefined: it has none. */
export function backendList(plan: ClusterPlan, node: NodePlan): BackendList | undefined {
  const project = projectOf(plan.cni);
  return project && LISTS[project](plan, node);
}

function projectOf(cni: CniBackend): Project | undefined {
  const [project = ''] = cni.split('-');
  return Object.hasOwn(LISTS, project) ? (project as Project) : undefined;
}

/** What install-cni makes of the template: the cluster's own, else as calico.yaml publishes it. */
function calicoList({ objects, settings }: ClusterPlan, { node }: NodePlan): string {
  const given = objects.configMaps.find(({ metadata }) => metadata.name === 'calico-config');
  const template = given?.data.get('cni_network_config') ?? written(CALICO);
  // 0: the plugin reads what calico-node has found out
  const mtu = settings.podMtu === 'auto' ? (objects.network.calico?.mtu ?? 0) : settings.podMtu;
  return template
    .replaceAll('__KUBERNETES_NODE_NAME__', node.metadata.name)
    .replaceAll('"__CNI_MTU__"', String(mtu))
    .replaceAll('__CNI_MTU__', String(mtu))
    .replaceAll('__KUBECONFIG_FILEPATH__', `${CONF_DIR}/calico-kubeconfig`);
}

const PORTMAP = { type: 'portmap', snat: true, capabilities: { portMappings: true } };

const CALICO = {
  name: 'k8s-pod-network',
  cniVersion: '0.3.1',
  plugins: [
    {
      type: 'calico',
      log_level: 'info',
      log_file_path: '/var/log/calico/cni/cni.log',
      datastore_type: 'kubernetes',
      nodename: '__KUBERNETES_NODE_NAME__',
      mtu: '__CNI_MTU__',
      ipam: { type: 'calico-ipam' },
      policy: { type: 'k8s' },
      kubernetes: { kubeconfig: '__KUBECONFIG_FILEPATH__' },
    },
    PORTMAP,
  ],
};

/**
 * What cilium-agent writes: the one plugin where eBPF programs map host ports, else with portmap behind it
 * (cni.chainingMode=portmap).
 */
function ciliumList(mapsPorts: boolean): object {
  const own = { type: 'cilium-cni', 'enable-debug': false, 'log-file': '/var/run/cilium/cilium-cni.log' };
  const portmap = { type: 'portmap', capabilities: { portMappings: true } };
  return {
    cniVersion: '0.3.1',
    name: mapsPorts ? 'cilium' : 'portmap',
    plugins: mapsPorts ? [own] : [own, portmap],
  };
}

/** What aws-node's entrypoint makes of its template. */
function awsList({ network }: ClusterPlan, { address }: NodePlan): object {
  const mtu = String(network.podMtu);
  const pluginLogLevel = 'DEBUG';
  return {
    cniVersion: '0.4.0',
    name: 'aws-cni',
    disableCheck: true,
    plugins: [
      {
        name: 'aws-cni',
        type: 'aws-cni',
        vethPrefix: 'eni',
        mtu,
        podSGEnforcingMode: 'strict',
        pluginLogFile: '/var/log/aws-routed-eni/plugin.log',
        pluginLogLevel,
      },
      {
        name: 'egress-cni',
        type: 'egress-cni',
        mtu,
        enabled: 'false',
        randomizeSNAT: 'prng',
        nodeIP: address,
        ipam: {
          type: 'host-local',
          ranges: [[{ subnet: 'fd00::ac:00/118' }]],
          routes: [{ dst: '::/0' }],
          dataDir: '/run/cni/v4pd/egress-v6-ipam',
        },
        pluginLogFile: '/var/log/aws-routed-eni/egress-v6-plugin.log',
        pluginLogLevel,
      },
      { type: 'portmap', capabilities: { portMappings: true }, snat: true },
    ],
  };
}

/** kubelet's template of a bridge's configuration (kubenet_linux.go, NET_CONFIG_TEMPLATE), with portmap for host ports. */
function kubenetList({ network }: ClusterPlan, { node }: NodePlan): object {
  const subnet = nodePodCidr(node);
  return {
    cniVersion: '0.3.1',
    name: 'kubenet',
    plugins: [
      {
        type: 'bridge',
        bridge: 'cbr0',
        mtu: network.podMtu,
        addIf: 'eth0',
        isGateway: true,
        ipMasq: false,
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          ranges: subnet ? [[{ subnet: formatPrefix(subnet) }]] : [],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
      PORTMAP,
    ],
  };
}

function written(list: object): string {
  return `${JSON.stringify(list, undefined, 2)}\n`;
}
