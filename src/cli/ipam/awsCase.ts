import type { WarmTargets } from '../../datamodel/kubernetes/awsVpcConfig.ts';
import { type EniPool, NO_ADDRESS } from '../../sim/controlplane/ipam/aws/eniPool.ts';
import {
  cpusOf,
  type InstanceLimits,
  instanceLimits,
  maxPods,
  podAddressLimit,
} from '../../sim/controlplane/ipam/aws/instanceLimits.ts';
import { Ipamd, type IpamdConfig } from '../../sim/controlplane/ipam/aws/ipamd.ts';
import { VpcSubnet } from '../../sim/controlplane/ipam/aws/vpcSubnet.ts';
import { addressTargetsSet } from '../../sim/controlplane/ipam/aws/warmTargets.ts';
import { formatPrefix, ipPrefix } from '../../wire/address.ts';
import { CaseError, type CaseFields } from './caseFields.ts';
import type { Operation } from './operation.ts';

const MAX_TARGET = 1_000_000;
/** More than any instance has addresses for, prefixes counted. */
const MAX_PODS = 12_000;
const MAX_SECONDS = 31_536_000;
/** Long enough for whatever cools down or is too young to be given back. */
const A_WHILE = 120;

/** Plays a case of AWS's VPC CNI on one node: how many Pods it takes, and what ipamd keeps ready for them. */
export function awsCase(input: CaseFields): Operation {
  const limits = limitsOf(input);
  const prefixDelegation = input.flag('prefixDelegation', false);
  const customNetworking = input.flag('customNetworking', false);
  let now = 0;
  const start = (): Ipamd => {
    const ipamd = new Ipamd(configOf(input, limits));
    ipamd.settle(now);
    return ipamd;
  };
  let node: Ipamd | undefined;
  const running = (): Ipamd => {
    node ??= start();
    return node;
  };
  return (op, fields) => {
    switch (op) {
      case 'maxPods': {
        const cpus = input.count('cpus', MAX_TARGET, cpusOf(input.optionalText('instanceType') ?? ''));
        const options = { customNetworking, prefixes: prefixDelegation, cpus };
        return { maxPods: maxPods(limits, options), secondaryIPs: podAddressLimit(limits, options) };
      }
      case 'steadyState': {
        const ipamd = start();
        for (let pod = 0; pod < fields.count('pods', MAX_PODS); pod++) {
          ipamd.pool.assign(`pod-${pod}`, now);
          ipamd.settle(now);
        }
        return stateOf(ipamd, now + A_WHILE, prefixDelegation);
      }
      case 'assign': {
        const given = running().pool.assign(fields.text('pod'), now);
        running().settle(now);
        return given ? { ip: given.address, eni: given.eni.deviceNumber } : { error: NO_ADDRESS };
      }
      case 'unassign': {
        const ip = running().pool.unassign(fields.text('pod'), now);
        running().settle(now);
        return ip === undefined ? { error: 'datastore: unknown pod' } : { ip };
      }
      case 'wait':
        now += fields.count('seconds', MAX_SECONDS);
        running().settle(now);
        return stateOf(running(), now, prefixDelegation);
      case 'state':
        return stateOf(running(), now, prefixDelegation);
      default:
        return undefined;
    }
  };
}

function limitsOf(input: CaseFields): Pick<InstanceLimits, 'enis' | 'ipv4PerEni'> {
  const type = input.optionalText('instanceType');
  const known = type === undefined ? undefined : instanceLimits(type);
  if (known === undefined && !(input.has('maxENIs') && input.has('ipv4PerENI'))) {
    throw new CaseError(`instanceType: EC2 has no ${type ?? 'type without a name'}; give maxENIs and ipv4PerENI`);
  }
  return {
    enis: Math.max(1, input.count('maxENIs', 100, known?.enis)),
    ipv4PerEni: Math.max(1, input.count('ipv4PerENI', 100, known?.ipv4PerEni)),
  };
}

function configOf(input: CaseFields, limits: Pick<InstanceLimits, 'enis' | 'ipv4PerEni'>): IpamdConfig {
  const given: WarmTargets = {
    enis: input.count('WARM_ENI_TARGET', MAX_TARGET, 0),
    addresses: input.count('WARM_IP_TARGET', MAX_TARGET, 0),
    minimum: input.count('MINIMUM_IP_TARGET', MAX_TARGET, 0),
    prefixes: input.count('WARM_PREFIX_TARGET', MAX_TARGET, 0),
  };
  const unset = (name: string): boolean => !input.has(name) && !addressTargetsSet(given);
  const pods = new VpcSubnet(ipPrefix('10.0.0.0/16'));
  return {
    limits,
    // aws-node's manifest sets both targets to 1.
    targets: {
      ...given,
      ...(unset('WARM_ENI_TARGET') && { enis: 1 }),
      ...(unset('WARM_PREFIX_TARGET') && { prefixes: 1 }),
    },
    prefixDelegation: input.flag('prefixDelegation', false),
    customNetworking: input.flag('customNetworking', false),
    maxPods: input.count('maxPods', MAX_TARGET, MAX_TARGET),
    cooldown: input.count('IP_COOLDOWN_PERIOD', MAX_SECONDS, 30),
    subnets: { node: pods, pods },
  };
}

function stateOf({ pool }: { readonly pool: EniPool }, now: number, prefixes: boolean): unknown {
  const stats = pool.stats(now);
  const perEni = pool.enis.map((eni) => eni.cidrs.length);
  return {
    enis: pool.enis.length,
    ...(prefixes
      ? { prefixes: stats.prefixes, prefixesPerENI: perEni }
      : { secondaryIPs: stats.total, ipsPerENI: perEni }),
    assignedIPs: stats.assigned,
    coolingIPs: stats.cooling,
    unusedIPs: stats.total - stats.assigned - stats.cooling,
    podsPerENI: pool.enis.map((eni) => eni.cidrs.reduce((sum, cidr) => sum + cidr.assigned, 0)),
    cidrs: pool.enis.map((eni) => eni.cidrs.map((cidr) => formatPrefix(cidr.prefix))),
  };
}
