import type { Kernel } from '../kernel.ts';

/** Linux's own values where a namespace does not say. */
const DEFAULTS: Readonly<Record<string, number>> = {
  send_redirects: 1,
  accept_redirects: 1,
  shared_media: 1,
};

/** Whether a boolean sysctl is on; off where nobody wrote it. */
export function sysctlFlag(kernel: Kernel, name: string): boolean {
  return sysctlNumber(kernel, name, 0) !== 0;
}

export function sysctlNumber(kernel: Kernel, name: string, fallback: number): number {
  const value = Object.hasOwn(kernel.config.sysctls, name) ? kernel.config.sysctls[name] : undefined;
  const number = value === undefined ? Number.NaN : Number(value);
  return Number.isFinite(number) ? number : fallback;
}

/** `net.ipv4.conf.DEVICE.NAME`, which devices inherit from `default`. */
export function deviceSysctl(kernel: Kernel, device: string, name: string): number {
  const inherited = sysctlNumber(kernel, `net.ipv4.conf.default.${name}`, DEFAULTS[name] ?? 0);
  return perDevice(kernel, 'net.ipv4.conf', device, name, inherited);
}

/** `net.ipv4.neigh.DEVICE.NAME`. */
export function neighborSysctl(kernel: Kernel, device: string, name: string, fallback: number): number {
  const inherited = sysctlNumber(kernel, `net.ipv4.neigh.default.${name}`, fallback);
  return perDevice(kernel, 'net.ipv4.neigh', device, name, inherited);
}

/** The tool writes a dot in a device's name as a slash: `net.ipv4.conf.flannel/1.rp_filter`. */
function perDevice(kernel: Kernel, folder: string, device: string, name: string, fallback: number): number {
  const written = sysctlNumber(kernel, `${folder}.${device.replaceAll('.', '/')}.${name}`, fallback);
  return sysctlNumber(kernel, `${folder}.${device}.${name}`, written);
}

function allSysctl(kernel: Kernel, name: string): number {
  return sysctlNumber(kernel, `net.ipv4.conf.all.${name}`, DEFAULTS[name] ?? 0);
}

/** On for all devices or for this one (Linux: include/linux/inetdevice.h, IN_DEV_ORCONF). */
export function eitherSysctl(kernel: Kernel, device: string, name: string): boolean {
  return allSysctl(kernel, name) !== 0 || deviceSysctl(kernel, device, name) !== 0;
}

/** The larger of the setting for all and the device's own (IN_DEV_MAXCONF). */
export function largerSysctl(kernel: Kernel, device: string, name: string): number {
  return Math.max(allSysctl(kernel, name), deviceSysctl(kernel, device, name));
}

/** Whether packets that come in by the device are forwarded. ip_forward is conf.all.forwarding, and sets every device's. */
export function forwards(kernel: Kernel, device: string): boolean {
  const all = sysctlNumber(kernel, 'net.ipv4.ip_forward', allSysctl(kernel, 'forwarding'));
  return perDevice(kernel, 'net.ipv4.conf', device, 'forwarding', all) !== 0;
}

/** TTL of packets that the kernel makes itself. */
export function defaultTtl(kernel: Kernel): number {
  return sysctlNumber(kernel, 'net.ipv4.ip_default_ttl', 64);
}

/** Two numbers, as in ip_local_port_range. */
export function sysctlRange(
  kernel: Kernel,
  name: string,
  fallback: readonly [number, number],
): readonly [number, number] {
  const text = Object.hasOwn(kernel.config.sysctls, name) ? kernel.config.sysctls[name] : undefined;
  const match = /^\s*(\d+)\s+(\d+)\s*$/.exec(text ?? '');
  return match ? [Number(match[1]), Number(match[2])] : fallback;
}
