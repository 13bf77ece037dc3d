import '../testing/allModes.ts';
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { printNftRuleset } from '../../print/nftList.ts';
import { openSample } from '../createSimulation.ts';
import { compile } from './compile.ts';
import { capturedCluster, SETTINGS } from './testing/objects.ts';
import { richCluster } from './testing/richCluster.ts';

/** Runs a script in a network namespace of its own, so that the machine's tables are out of reach. */
function inOwnNamespace(script: string, input: string) {
  return spawnSync('unshare', ['--map-root-user', '--net', 'sh', '-c', script], { input, encoding: 'utf8' });
}

const probe = inOwnNamespace('nft -c -f - && nft --version', 'table ip probe {\n}\n');
/** The version whose layout is printed; another may lay the same rules out in another way. */
const sameLayout = probe.stdout?.includes('v1.0.6') ?? false;

const settings = { ...SETTINGS, proxyMode: 'nftables' } as const;
const captured = capturedCluster('vxlan');
const flannel = { ...captured.network.flannel, enableNftables: true };
const clusters = {
  vxlan: captured,
  'host-gw': capturedCluster('host-gw'),
  rich: richCluster(),
  'flannel with nftables': { ...captured, network: { ...captured.network, flannel } },
};
const samples = Object.entries(clusters).flatMap(([name, objects]) => {
  const compiled = compile(objects, settings);
  return [...compiled.plan.nodes.values()].map(({ netns }) => ({ name, netns, config: compiled.netns(netns) }));
});

const opened = openSample();
opened.apply({ type: 'configure', settings: { proxyMode: 'nftables' } });
const shipped = opened.cluster().nodes.map(({ netns }) => ({ name: 'shipped', netns, config: opened.netns(netns) }));

describe('the real nft', () => {
  test.for([...samples, ...shipped])('takes the tables of $netns, $name cluster', ({ config }, { skip }) => {
    if (probe.status !== 0) {
      const reason = `nft does not run in a namespace of its own here: ${probe.stderr || probe.error?.message}`;
      if (process.env.CI) throw new Error(reason);
      skip(reason);
    }
    if (!config) throw new Error('no such namespace');
    const text = `${printNftRuleset(config, undefined, 0)
      .map((line) => line.text)
      .join('\n')}\n`;
    expect(text).toContain('table ip kube-proxy {');
    expect(text).toContain('table ip6 kube-proxy {');
    expect(inOwnNamespace('nft -c -f -', text)).toMatchObject({ status: 0, stderr: '' });
    const loaded = inOwnNamespace('nft -f - && nft list ruleset', text);
    expect(loaded).toMatchObject({ status: 0, stderr: '' });
    if (sameLayout) expect(loaded.stdout).toBe(text);
  });
});
