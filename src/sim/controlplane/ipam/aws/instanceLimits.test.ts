import { describe, expect, it } from 'vitest';
import { cpusOf, instanceLimits, maxPods } from './instanceLimits.ts';

describe('the Pods of an instance', () => {
  it.each([
    ['t3.small', {}, 11],
    ['m5.large', {}, 29],
    ['m5.large', { customNetworking: true }, 20],
    ['m5.large', { prefixes: true }, 110],
    ['t3.nano', { prefixes: true }, 34],
    ['m5.8xlarge', { prefixes: true }, 250],
    ['m5.metal', { prefixes: true }, 250],
  ])('%s %j', (type, options, expected) => {
    const limits = instanceLimits(type);
    expect(limits && maxPods(limits, { ...options, cpus: cpusOf(type) })).toBe(expected);
  });

  it.each([
    ['t3.micro', 2],
    ['c5.xlarge', 4],
    ['m7i.metal-24xl', 96],
    ['p4d.24xlarge', 96],
  ])('%s has %i vCPUs', (type, cpus) => expect(cpusOf(type)).toBe(cpus));

  it('has no prefixes on Xen', () => {
    expect(instanceLimits('m4.large')?.prefixes).toBe(false);
    expect(instanceLimits('m5.large')?.prefixes).toBe(true);
  });
});
