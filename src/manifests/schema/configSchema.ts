import { flag, int32, list, stringMap, struct, text, unread } from '../goType.ts';

/** flannel's subnet.Config (pkg/subnet/config.go), with the fields of all its backends. */
export const flannelNet = struct(
  'subnet.Config',
  {
    Network: text,
    EnableIPv4: flag,
    EnableNFTables: flag,
    Backend: struct(
      'subnet.Backend',
      {
        Type: text,
        VNI: int32,
        Port: int32,
        MTU: int32,
        DirectRouting: flag,
        ListenPort: int32,
        PersistentKeepaliveInterval: int32,
        Mode: text,
      },
      'any',
    ),
  },
  'any',
);

const delegate = struct(
  'NetConf',
  { bridge: text, hairpinMode: flag, isDefaultGateway: flag, mtu: int32, ipMasq: flag },
  'any',
);

export const cniList = struct(
  'NetworkConfigList',
  {
    name: text,
    cniVersion: text,
    plugins: list(
      struct(
        'PluginConfig',
        { type: text, capabilities: struct('Capabilities', { portMappings: flag }, 'any'), delegate },
        'any',
      ),
      'PluginConfig',
    ),
  },
  'any',
);

/** kubeproxy.config.k8s.io/v1alpha1. */
export const kubeProxyConfiguration = struct(
  'v1alpha1.KubeProxyConfiguration',
  {
    mode: text,
    clusterCIDR: text,
    detectLocalMode: text,
    nodePortAddresses: list(text, 'string'),
    iptables: struct(
      'v1alpha1.KubeProxyIPTablesConfiguration',
      { masqueradeBit: int32, masqueradeAll: flag, localhostNodePorts: flag },
      'any',
    ),
    ipvs: struct('v1alpha1.KubeProxyIPVSConfiguration', { scheduler: text, strictARP: flag }, 'any'),
    nftables: struct('v1alpha1.KubeProxyNFTablesConfiguration', { masqueradeBit: int32, masqueradeAll: flag }, 'any'),
  },
  'any',
);

/** kubeadm.k8s.io; extraArgs is a map up to v1beta3 and a list of name and value from v1beta4 on. */
export const clusterConfiguration = struct(
  'v1beta4.ClusterConfiguration',
  {
    networking: struct('v1beta4.Networking', { dnsDomain: text, podSubnet: text, serviceSubnet: text }, 'any'),
    apiServer: struct('v1beta4.APIServer', { extraArgs: unread }, 'any'),
    controllerManager: struct('v1beta4.ControlPlaneComponent', { extraArgs: unread }, 'any'),
  },
  'any',
);

export const argument = struct('v1beta4.Arg', { name: text, value: text }, 'any');
export const argumentMap = stringMap;
