import { AxeBuilder } from '@axe-core/playwright';
import type { App } from './fixtures/app.ts';
import { expect, test } from './fixtures/app.ts';

/** A backend: its name, its Pods' MTU, a device that a node has by it alone, and what the request has around it on the wire. */
type Backend = readonly [name: string, mtu: number, device: string | undefined, wire: readonly string[]];

const PLAIN = ['Ethernet', 'IPv4', 'TCP'];
const VXLAN = ['Ethernet', 'IPv4', 'UDP', 'VXLAN', ...PLAIN];
const GENEVE = ['Ethernet', 'IPv4', 'UDP', 'Geneve', ...PLAIN];
const IPIP = ['Ethernet', 'IPv4', 'IPv4', 'TCP'];
const WIREGUARD = ['Ethernet', 'IPv4', 'UDP', 'WireGuard', 'Data'];
const TUNNELS = ['flannel.1', 'flannel-wg', 'flannel.ipip', 'tunl0', 'vxlan.calico', 'cilium_vxlan', 'cilium_geneve'];

const PROJECTS: Readonly<Record<string, readonly Backend[]>> = {
  Flannel: [
    ['Flannel host-gw', 1500, undefined, PLAIN],
    ['Flannel VXLAN DirectRouting', 1450, 'flannel.1', PLAIN],
    ['Flannel WireGuard', 1420, 'flannel-wg', WIREGUARD],
    ['Flannel IPIP', 1480, 'flannel.ipip', IPIP],
    ['Flannel VXLAN', 1450, 'flannel.1', VXLAN],
  ],
  Calico: [
    ['Calico BGP', 1500, undefined, PLAIN],
    ['Calico IPIP', 1480, 'tunl0', IPIP],
    ['Calico IPIP CrossSubnet', 1480, 'tunl0', PLAIN],
    ['Calico eBPF', 1450, 'vxlan.calico', PLAIN],
    ['Calico VXLAN', 1450, 'vxlan.calico', VXLAN],
    ['Calico VXLAN CrossSubnet', 1450, 'vxlan.calico', PLAIN],
  ],
  Cilium: [
    ['Cilium VXLAN', 1500, 'cilium_vxlan', VXLAN],
    ['Cilium Geneve', 1500, 'cilium_geneve', GENEVE],
    ['Cilium native routing', 1500, undefined, PLAIN],
  ],
  'a cloud': [
    ['AWS VPC CNI', 9001, undefined, PLAIN],
    ['kubenet', 9001, undefined, PLAIN],
  ],
};

/** Flips to a backend and looks at what it made of the request that was there. */
async function flip(app: App, [name, mtu, device, wire]: Backend): Promise<void> {
  await app.header.chooseCni(name);
  await expect(app.header.toast(`Cluster rebuilt with ${name}`)).toBeVisible();
  await expect(app.header.podMtu).toHaveAttribute('placeholder', String(mtu));
  await expect(app.composer.outcome).toContainText('Answered');
  await app.playback.pause();
  const node = app.stage.node('worker-01');
  if (device) await expect(node).toContainText(device);
  for (const other of TUNNELS) if (other !== device) await expect(node).not.toContainText(other);
  await app.hops.goTo(/worker-0[23]/, /eth[01]/);
  expect(await app.packet.protocols(), name).toEqual(wire);
  await app.isConsistent();
}

for (const [project, backends] of Object.entries(PROJECTS)) {
  test(`every backend of ${project} is flipped to, one after the other, and carries the request in its own way`, async ({
    app,
    page,
  }) => {
    await app.open();
    await app.playback.pause();
    if (project === 'a cloud') await app.header.underlay.selectOption('cloud-vpc');
    for (const backend of backends) await flip(app, backend);
    expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id)).toEqual([]);
  });
}

test('without a CNI no Pod has a network, the request says so, and the next backend gives them one', async ({
  app,
}) => {
  await app.open();
  await app.playback.pause();
  await app.header.chooseCni('no CNI');
  const toast = app.header.toast(/no CNI/);
  await expect(toast).toContainText('more, listed under Manifests');
  await expect(toast).toBeInViewport({ ratio: 1 });
  await expect(app.flip.strip).toContainText('no Pod has a network');
  await expect(app.flip.strip.getByRole('status')).toContainText('Nothing to compare');
  await flip(app, ['Calico BGP', 1500, undefined, PLAIN]);
});
