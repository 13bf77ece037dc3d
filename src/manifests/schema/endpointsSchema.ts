import { flag, int32, list, struct, text } from '../goType.ts';
import { typeMeta } from './metaSchema.ts';

const endpointPort = struct('v1.EndpointPort', { name: text, protocol: text, port: int32 }, ['appProtocol']);
const targetRef = struct('v1.ObjectReference', { kind: text, namespace: text, name: text }, 'any');

const hint = list(struct('v1.ForZone', { name: text }, []), 'v1.ForZone');
const hints = struct('v1.EndpointHints', { forZones: hint, forNodes: hint }, []);

const endpoint = struct(
  'v1.Endpoint',
  {
    addresses: list(text, 'string'),
    conditions: struct('v1.EndpointConditions', { ready: flag, serving: flag, terminating: flag }, []),
    hostname: text,
    nodeName: text,
    zone: text,
    targetRef,
    hints,
  },
  ['deprecatedTopology'],
);

export const endpointSlice = struct(
  'v1.EndpointSlice',
  {
    ...typeMeta,
    addressType: text,
    ports: list(endpointPort, 'v1.EndpointPort'),
    endpoints: list(endpoint, 'v1.Endpoint'),
  },
  [],
);

const address = struct('v1.EndpointAddress', { ip: text, hostname: text, nodeName: text, targetRef }, []);
const addresses = list(address, 'v1.EndpointAddress');

export const endpoints = struct(
  'v1.Endpoints',
  {
    ...typeMeta,
    subsets: list(
      struct(
        'v1.EndpointSubset',
        { addresses, notReadyAddresses: addresses, ports: list(endpointPort, 'v1.EndpointPort') },
        [],
      ),
      'v1.EndpointSubset',
    ),
  },
  [],
);
