import type { ClusterView, DeviceView } from '../../datamodel/cluster/view.ts';
import type { Step } from '../../datamodel/flow/step.ts';
import type { Trace } from '../../datamodel/flow/trace.ts';
import { isTunnel } from '../../datamodel/network/link.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';

/**
 * The device whose MTU counts for the shown packet: the step's own; else, on the way out, the one it will leave its namespace
 * by, and on the way in the one it came by.
 */
export function deviceAtHand(view: ClusterView, trace: Trace, step: Step): DeviceView | undefined {
  const devices = devicesOf(view, step.netns);
  const named = (name: string | undefined): DeviceView | undefined => devices.find((device) => device.name === name);
  // a packet for this host goes nowhere: it still has the measure of the device that it came in by
  if (step.type === 'route' && step.result !== 'local' && named(step.dev)) return named(step.dev);
  const own = named(step.device);
  // what a tunnel device has wrapped is no longer measured by its MTU but by that of the device below
  const steps = trace.hops.find((hop) => hop.steps.some(({ id }) => id === step.id))?.steps ?? [];
  if (own && (step.type === 'encapsulate' || step.pass === 'tunnel')) {
    const below = steps.find((each) => each.id > step.id && each.device !== own.name && named(each.device));
    return named(own.lower) ?? (isTunnel(own) ? named(below?.device) : undefined) ?? own;
  }
  if (own) return own;
  // pieces that were put together are one packet again, which came in by no device
  const isWhole = steps.some((each) => each.type === 'reassemble' && each.id <= step.id);
  const next = steps.find((each) => each.id > step.id && named(each.device));
  const before = isWhole ? undefined : steps.findLast((each) => each.id < step.id && named(each.device));
  const [first, second] = step.direction === 'down' ? [next, before] : [before, next];
  return named(first?.device) ?? named(second?.device);
}

function devicesOf(view: ClusterView, netns: NetnsId): readonly DeviceView[] {
  const owner =
    view.nodes.find((node) => node.netns === netns) ??
    view.pods.find((pod) => pod.netns === netns && !pod.hostNetwork) ??
    view.outside.find((host) => host.netns === netns) ??
    view.underlay.routers.find((router) => router.netns === netns);
  return owner?.devices ?? [];
}
