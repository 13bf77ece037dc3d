import { flag, intOrString, list, stringMap, struct, text, unread } from '../goType.ts';
import { typeMeta } from './metaSchema.ts';
import { conditions } from './podSchema.ts';

const taint = struct('v1.Taint', { key: text, value: text, effect: text }, ['timeAdded']);

const resources = struct('v1.ResourceList', { pods: intOrString }, 'any');

export const node = struct(
  'v1.Node',
  {
    ...typeMeta,
    spec: struct(
      'v1.NodeSpec',
      { podCIDR: text, podCIDRs: list(text, 'string'), unschedulable: flag, taints: list(taint, 'v1.Taint') },
      ['providerID', 'configSource', 'externalID'],
    ),
    status: struct(
      'v1.NodeStatus',
      {
        addresses: list(struct('v1.NodeAddress', { type: text, address: text }, 'any'), 'v1.NodeAddress'),
        conditions,
        allocatable: resources,
        capacity: resources,
      },
      'any',
    ),
  },
  [],
);

export const namespace = struct('v1.Namespace', { ...typeMeta, spec: unread, status: unread }, []);

export const configMap = struct('v1.ConfigMap', { ...typeMeta, data: stringMap }, ['binaryData', 'immutable']);
