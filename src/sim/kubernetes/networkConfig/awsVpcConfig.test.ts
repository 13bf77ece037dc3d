import { describe, expect, it } from 'vitest';
import { readManifests } from '../../../manifests/readManifests.ts';
import { ipPrefix } from '../../../wire/address.ts';
import { completeAwsVpc } from './awsVpcConfig.ts';

function configured(env: Readonly<Record<string, string>>, ...more: readonly object[]) {
  const variables = Object.entries(env).map(([name, value]) => ({ name, value }));
  const sidecar = { name: 'aws-eks-nodeagent', image: 'agent', env: [{ name: 'WARM_ENI_TARGET', value: '7' }] };
  const containers = [sidecar, { name: 'aws-node', image: 'cni', env: variables }];
  const labels = { 'k8s-app': 'aws-node' };
  const daemon = {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'aws-node', namespace: 'kube-system' },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
  };
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [daemon, ...more] });
  const read = readManifests([{ name: 'c.json', text }]);
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  return completeAwsVpc(read.value.objects);
}

describe('the environment of aws-node', () => {
  it('has ipamd’s own defaults where it says nothing', () => {
    expect(configured({})).toEqual({
      warm: { enis: 1, addresses: 0, minimum: 0, prefixes: 0 },
      prefixDelegation: false,
      maxEnis: undefined,
      cooldown: 30,
      customNetworking: undefined,
      eniMtu: 9001,
      podMtu: undefined,
      externalSnat: false,
      excludedFromSnat: [],
      randomizeSnat: true,
      externalServices: [],
      nodePorts: true,
    });
  });

  it('is read as Go reads it, and what cannot be read counts as not set', () => {
    const config = configured({
      WARM_ENI_TARGET: '-1',
      WARM_IP_TARGET: '5',
      MINIMUM_IP_TARGET: 'ten',
      ENABLE_PREFIX_DELEGATION: 'T',
      AWS_VPC_K8S_CNI_EXTERNALSNAT: 'yes',
      AWS_VPC_CNI_NODE_PORT_SUPPORT: '0',
      AWS_VPC_ENI_MTU: '9002',
      POD_MTU: '1400',
      AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS: '10.1.0.0/16, fd00::/8,10.2.3.4/24,x',
      AWS_VPC_K8S_CNI_RANDOMIZESNAT: 'none',
      MAX_ENI: '2',
    });
    expect(config).toMatchObject({
      warm: { enis: 1, addresses: 5, minimum: 0 },
      prefixDelegation: true,
      externalSnat: false,
      nodePorts: false,
      eniMtu: 9001,
      podMtu: 1400,
      excludedFromSnat: [ipPrefix('10.1.0.0/16'), ipPrefix('10.2.3.0/24')],
      randomizeSnat: false,
      maxEnis: 2,
    });
  });

  it('names the subnets of ENIConfigs where custom networking is on', () => {
    const config = {
      apiVersion: 'crd.k8s.amazonaws.com/v1alpha1',
      kind: 'ENIConfig',
      metadata: { name: 'us-west-2a' },
      spec: { subnet: 'subnet-0a', securityGroups: ['sg-1'] },
    };
    expect(configured({ ENI_CONFIG_LABEL_DEF: 'zone' }, config)?.customNetworking).toBeUndefined();
    expect(
      configured({ AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true', ENI_CONFIG_LABEL_DEF: 'zone' }, config),
    ).toMatchObject({
      customNetworking: {
        subnets: new Map([['us-west-2a', 'subnet-0a']]),
        label: 'zone',
        annotation: 'k8s.amazonaws.com/eniConfig',
      },
    });
  });
});
