const VERSIONS = ['0.1.0', '0.2.0', '0.3.0', '0.3.1', '0.4.0', '1.0.0'];
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;
const DELEGATE: Readonly<Record<string, (value: unknown) => boolean>> = {
  bridge: (value) => typeof value === 'string' && /^[\w.-]{1,15}$/.test(value) && value !== 'eth0' && value !== 'lo',
  hairpinMode: isBoolean,
  isDefaultGateway: isBoolean,
  ipMasq: isBoolean,
  mtu: (value) => Number.isInteger(value) && Number(value) >= 68 && Number(value) <= 65535,
};

/**
 * Whether a network configuration list is of the form that flannel publishes: its plugin with the common settings of the bridge,
 * then portmap or nothing. What is in any other only running its plugins can tell.
 */
export function isUsualList(text: string): boolean {
  const list = parsed(text);
  if (!isRecord(list) || !hasOnly(list, ['name', 'cniVersion', 'plugins'])) return false;
  const { name, cniVersion, plugins } = list;
  if (typeof name !== 'string' || !NAME.test(name) || !VERSIONS.some((version) => version === cniVersion)) return false;
  if (!Array.isArray(plugins) || plugins.length > 2) return false;
  const [flannel, portmap] = plugins as readonly unknown[];
  return isFlannel(flannel) && (plugins.length === 1 || isPortmap(portmap));
}

function isFlannel(plugin: unknown): boolean {
  if (!isRecord(plugin) || plugin.type !== 'flannel' || !hasOnly(plugin, ['type', 'delegate'])) return false;
  const { delegate = {} } = plugin;
  return (
    isRecord(delegate) &&
    Object.entries(delegate).every(([key, value]) => Object.hasOwn(DELEGATE, key) && DELEGATE[key]?.(value) === true)
  );
}

function isPortmap(plugin: unknown): boolean {
  if (!isRecord(plugin) || plugin.type !== 'portmap' || !hasOnly(plugin, ['type', 'capabilities'])) return false;
  const { capabilities } = plugin;
  return isRecord(capabilities) && hasOnly(capabilities, ['portMappings']) && isBoolean(capabilities.portMappings);
}

function hasOnly(value: Readonly<Record<string, unknown>>, keys: readonly string[]): boolean {
  return Object.keys(value).every((key) => keys.includes(key));
}

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
