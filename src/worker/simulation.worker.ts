import sample from 'virtual:sample';
import { expose } from 'comlink';
import type { Tool } from '../datamodel/cluster/printed.ts';
import { installPrinters } from '../print/printTool.ts';
import type { Changes } from '../sim/changes.ts';
import type { Cuts } from '../sim/cuts.ts';
import type { NodeFiles } from '../sim/files/nodeFiles.ts';
import { LatePartsMissing } from '../sim/linux/lateParts.ts';
import type { Operate } from '../sim/operate.ts';
import type { PrepareCluster } from '../sim/prepareCluster.ts';
import type { Readdress } from '../sim/readdress.ts';
import type { Shell } from '../sim/shell/shell.ts';
import { DEFAULT_SETTINGS, Simulation } from '../sim/simulation.ts';
import type { SimulationApi } from './protocol.ts';

let reader: PrepareCluster | undefined;
let shell: Shell | undefined;
let cuts: Cuts | undefined;
let changes: Changes | undefined;
let operator: Operate | undefined;
let addresser: Readdress | undefined;
let files: NodeFiles | undefined;
let costs: SimulationApi['cost'] | undefined;

const readManifests: PrepareCluster = (...args) => {
  if (reader === undefined) throw new Error('Manifests cannot be read before their reader has been loaded');
  return reader(...args);
};

const operate: Operate = (...args) => {
  if (operator === undefined) throw new Error('Objects cannot be changed before their controllers have been loaded');
  return operator(...args);
};

const readdress: Readdress = (...args) => {
  if (addresser === undefined) throw new Error('Pods cannot be recreated before what makes them has been loaded');
  return addresser(...args);
};

let late: Promise<void> | undefined;

/** The page opens on one TCP request that loses nothing; whatever comes after it may need the rest. */
function loadLateParts(): Promise<void> {
  late ??= Promise.all([import('../sim/linux/installLateParts.ts'), import('../sim/changes.ts')]).then(
    ([{ installLateParts }, made]) => {
      installLateParts();
      changes = made.changes;
    },
  );
  return late;
}

function loadedChanges(): Changes {
  if (changes === undefined) throw new Error('Nothing can be changed before what does it has been loaded');
  return changes;
}

function loadedFiles(): NodeFiles {
  if (files === undefined) throw new Error('Files cannot be read before what knows them has been loaded');
  return files;
}

/** Whoever writes a network configuration list wants its plugins to be run. */
async function loadFiles(): Promise<void> {
  await loadNetworks();
  files ??= (await import('../sim/files/nodeFiles.ts')).nodeFiles;
}

let networks: Promise<void> | undefined;

/** Under another CNI there are other agents, and Pods have other addresses. */
async function loadNetworks(): Promise<void> {
  networks ??= import('../sim/installNetworks.ts').then(({ installAllNetworks }) => installAllNetworks());
  await networks;
  addresser ??= (await import('../sim/readdress.ts')).readdress;
}

let underlays: Promise<void> | undefined;

function loadUnderlays(): Promise<void> {
  underlays ??= import('../sim/installUnderlays.ts').then(({ installAllUnderlays }) => installAllUnderlays());
  return underlays;
}

function loadedShell(): Shell {
  if (shell === undefined) throw new Error('Commands cannot be run before their shell has been loaded');
  return shell;
}

async function loadShell(): Promise<void> {
  const [tools, hands] = await Promise.all([import('../sim/shell/shell.ts'), import('../sim/cuts.ts')]);
  shell = tools.shell;
  cuts = hands.cuts;
}

function loadedCuts(): Cuts {
  if (cuts === undefined) throw new Error('Nothing can be cut before what does it has been loaded');
  return cuts;
}

let modes: Promise<void> | undefined;

/** The sample's kube-proxy runs in iptables mode: the others are loaded when somebody may want them. */
function loadModes(): Promise<void> {
  modes ??= import('../sim/installModes.ts').then(({ installModes }) => installModes());
  return modes;
}

let printers: Promise<void> | undefined;

/** The dock opens on iptables' tables. */
async function loadPrinters(tool: Tool): Promise<void> {
  if (tool === 'iptables-save') return;
  printers ??= import('../print/tablePrinters.ts').then(({ TABLE_PRINTERS }) => installPrinters(TABLE_PRINTERS));
  await printers;
}

/** The worker's whole job: one simulation, opened on the sample, behind comlink. */
const simulation = new Simulation(
  sample,
  {
    prepare: readManifests,
    operate,
    readdress,
    shell: loadedShell,
    changes: loadedChanges,
    files: loadedFiles,
    cuts: loadedCuts,
  },
  DEFAULT_SETTINGS,
);

let turn: Promise<unknown> = Promise.resolve();

/** Commands take effect in the order in which they come, however long each waits for what it needs. */
const inTurn: SimulationApi['apply'] = (command) => {
  const done = turn.then(() => applyNow(command));
  turn = done.catch(() => undefined);
  return done;
};

const applyNow: SimulationApi['apply'] = async (command) => {
  if (command.type !== 'send' || command.flow.as !== 'http' || command.flow.to.type === 'name' || late)
    await loadLateParts();
  // The sample was prepared when the app was built: only other manifests need the YAML parser and the API server's rules.
  if (command.type === 'load') {
    reader ??= (await import('../sim/prepareCluster.ts')).prepareCluster;
    await Promise.all([loadModes(), loadNetworks()]);
  }
  // So are the tools: nobody has typed a command when the page opens.
  if (command.type === 'exec' || command.type === 'cut') await loadShell();
  if (command.type === 'exec' && command.line.includes('/etc/cni/')) await loadFiles();
  if (command.type === 'operate' && command.operation.type === 'writeFile') await loadFiles();
  if (command.type === 'operate') operator ??= (await import('../sim/operate.ts')).operate;
  if (command.type === 'send' && command.flow.as === 'sctp') await loadModes();
  if (command.type === 'configure' && command.settings.proxyMode !== undefined) await loadModes();
  if (command.type === 'configure' && ('cni' in command.settings || command.inPlace)) await loadNetworks();
  if (command.type === 'configure' && 'underlay' in command.settings) await loadUnderlays();
  try {
    return simulation.apply(command);
  } catch (error) {
    if (!(error instanceof LatePartsMissing)) throw error;
    await loadLateParts();
    return simulation.apply(command);
  }
};

const api: SimulationApi = {
  apply: inTurn,
  dryRun: async (flow) => {
    await loadLateParts();
    if (flow.as === 'sctp') await loadModes();
    return simulation.dryRun(flow);
  },
  compare: async (flow, settings) => {
    await Promise.all([loadLateParts(), loadModes()]);
    if (settings.some((side) => 'cni' in side)) await loadNetworks();
    if (settings.some((side) => 'underlay' in side)) await loadUnderlays();
    return simulation.compare(flow, settings);
  },
  cost: async (mode, services) => {
    await Promise.all([loadLateParts(), loadModes()]);
    costs ??= (await import('./costs.ts')).costOf;
    return costs(mode, services);
  },
  weigh: async (cni, underlay) => {
    await Promise.all([loadLateParts(), loadNetworks(), loadUnderlays()]);
    const [{ weighBackend }, { readdress: recreate }] = await Promise.all([
      import('../sim/choosing/weighBackend.ts'),
      import('../sim/readdress.ts'),
    ]);
    return weighBackend(simulation.built(), cni, underlay, recreate);
  },
  bgp: async (question) => (await import('../sim/askBgp.ts')).askBgp(simulation.plan(), simulation.routing(), question),
  podChain: async (question) => (await import('../sim/podChain.ts')).podChain(simulation.plan(), question),
  cluster: async () => simulation.cluster(),
  addresses: async () => {
    const { addressSpace } = await import('../sim/addressSpace.ts');
    return addressSpace(simulation.cluster(), simulation.addressing());
  },
  leases: async (question) => {
    const { flannelLeases } = await import('../sim/flannelLeases.ts');
    return flannelLeases(simulation.plan(), (id) => simulation.netns(id), question);
  },
  print: async (netns, tool, at) => {
    await loadPrinters(tool);
    return simulation.print(netns, tool, at);
  },
  printFormer: async (netns, tool) => {
    await loadPrinters(tool);
    return simulation.printFormer(netns, tool);
  },
  sources: async () => simulation.sources(),
  resolve: async (reference, role) => simulation.resolve(reference, role),
  complete: async (netns, line) => {
    await loadShell();
    return simulation.complete(netns, line);
  },
  offers: async (netns, tool, entry, at) => {
    await loadShell();
    return simulation.offers(netns, tool, entry, at);
  },
};

expose(api);
