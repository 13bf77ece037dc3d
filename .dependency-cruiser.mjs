// The house's import rules (README, "Map of the house"): who may import whom, types included.
// Run by scripts/imports.mjs as a part of `npm run lint`.

const entries = '^src/(main\\.tsx|cli/main\\.ts|sim/createSimulation\\.ts|worker/simulation\\.worker\\.ts)$';
const test = '\\.test\\.tsx?$';
/** Tests and what exists for them alone: generators, builders, recorded data. */
const testOnly = [test, '/(testing|captured|fixtures)/', '(^|/)(testing|[a-z]\\w*Testing)\\.tsx?$'];
const core = ['base', 'wire', 'datamodel', 'sim', 'print', 'manifests', 'commands', 'lessons'];

/**
 * Files of `folder` may import, of all that lies under src, only what lies under `allowed` (tests and their helpers are free).
 * @param {string} folder
 * @param {string[]} allowed
 * @param {string} comment
 * @returns {import('dependency-cruiser').IForbiddenRuleType}
 */
function only(folder, allowed, comment) {
  return {
    name: `${folder.replaceAll('/', '-')}-imports`,
    severity: 'error',
    comment,
    from: { path: `^src/${folder}/`, pathNot: testOnly },
    to: { path: '^src/', pathNot: [folder, ...allowed].map((name) => `^src/${name}/`) },
  };
}

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'not-resolvable',
      severity: 'error',
      comment: 'virtual:sample is made by vite.config.ts.',
      from: {},
      to: { couldNotResolve: true, pathNot: '^virtual:sample$' },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      comment: 'A file that nothing imports and that imports nothing is dead; entry points and declarations are not.',
      from: { orphan: true, pathNot: [entries, '\\.d\\.ts$', test] },
      to: {},
    },
    {
      name: 'no-unreached',
      severity: 'error',
      comment: 'Product code must be reached from an entry point, not from its own test alone.',
      from: { path: entries },
      // vite.config.ts puts that one into the built app
      to: {
        path: '^src/',
        pathNot: [entries, ...testOnly, '\\.d\\.ts$', '^src/ui/stage/noTransitions\\.ts$'],
        reachable: false,
      },
    },
    {
      name: 'no-test-imports',
      severity: 'error',
      comment: 'Product code never imports tests or what only tests use.',
      from: { path: '^src/', pathNot: testOnly },
      to: { path: testOnly },
    },
    {
      name: 'no-dev-dependencies',
      severity: 'error',
      from: { path: '^src/', pathNot: testOnly },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    only('base', [], 'base stands alone'),
    only('wire', ['base'], 'bytes know nothing of networks'),
    only('datamodel', ['wire', 'base'], 'nouns, no behaviour'),
    only('sim/linux', ['datamodel', 'wire', 'base'], 'Linux runs: it never hears of Kubernetes'),
    only(
      'sim/controlplane',
      ['sim/kubernetes', 'datamodel', 'wire', 'base'],
      'Kubernetes compiles: it never runs packets',
    ),
    only(
      'sim/kubernetes',
      ['sim/controlplane', 'datamodel', 'wire', 'base'],
      'Kubernetes compiles: it never runs packets',
    ),
    only(
      'sim',
      ['manifests', 'print', 'commands', 'datamodel', 'wire', 'base'],
      'the core reads manifests and commands, runs, and prints; it knows no screen',
    ),
    {
      name: 'only-simulation-joins',
      severity: 'error',
      comment: 'Linux and Kubernetes meet in sim/simulation.ts and its parts beside it, nowhere below.',
      from: { path: '^src/sim/(linux|controlplane|kubernetes|underlay)/', pathNot: testOnly },
      to: { path: '^src/sim/[^/]+\\.ts$' },
    },
    only('print', ['datamodel', 'wire', 'base'], 'printers read data'),
    only('manifests', ['datamodel', 'wire', 'base'], 'readers make data'),
    only('commands', ['datamodel', 'wire', 'base'], 'readers make data'),
    only(
      'lessons',
      ['manifests', 'datamodel', 'wire', 'base'],
      'lessons are plain data; their proofs read frames, hence wire',
    ),
    only('scene', ['datamodel', 'wire', 'base'], 'geometry and time from traces'),
    {
      name: 'worker-imports',
      severity: 'error',
      comment:
        'Only the worker itself and what it measures with may import the simulation; protocol and client pass plain data.',
      from: {
        path: '^src/worker/',
        pathNot: [test, '^src/worker/(simulation\\.worker|costs|virtualSample\\.d)\\.ts$'],
      },
      to: { path: '^src/', pathNot: ['^src/worker/', '^src/(datamodel|wire|base)/'] },
    },
    {
      name: 'store-imports',
      severity: 'error',
      comment: 'The store talks to the simulation through the worker client alone; it plays what lessons describe.',
      from: { path: '^src/store/', pathNot: testOnly },
      to: {
        path: '^src/',
        pathNot: ['^src/store/', '^src/worker/(client|protocol)\\.ts$', '^src/(lessons|datamodel|wire|base)/'],
      },
    },
    only(
      'ui',
      ['store', 'scene', 'print', 'lessons', 'datamodel', 'wire', 'base'],
      'the UI draws the store and lists lessons',
    ),
    {
      name: 'who-imports-sim',
      severity: 'error',
      comment: 'The simulation runs in the worker, the command line and tests.',
      from: {
        path: '^src/',
        pathNot: [
          ...testOnly,
          '^src/sim/',
          '^src/cli/',
          '^src/worker/(simulation\\.worker|costs|virtualSample\\.d)\\.ts$',
        ],
      },
      to: { path: '^src/sim/' },
    },
    {
      name: 'cli-imports',
      severity: 'error',
      comment:
        'The command line is the same simulation without a browser; it says what the stage says, in the same words.',
      from: { path: '^src/cli/', pathNot: test },
      to: { path: '^src/(ui|store|scene|worker)/', pathNot: '^src/scene/(names|narration|advice/advise)\\.ts$' },
    },
    {
      name: 'core-has-no-platform',
      severity: 'error',
      comment: 'No Node module, no React, no d3 DOM in what must run anywhere.',
      from: { path: `^src/(${core.join('|')})/`, pathNot: testOnly },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'core-has-no-react',
      severity: 'error',
      from: { path: `^src/(${core.join('|')}|scene)/`, pathNot: test },
      to: {
        path: '^node_modules/(react|react-dom|zustand|radix-ui|@radix-ui|codemirror|@codemirror|comlink|commander)/',
      },
    },
    {
      name: 'one-user-of-ipaddr',
      severity: 'error',
      comment: 'wire/address.ts is the one user of ipaddr.js.',
      from: { path: '^src/', pathNot: '^src/wire/address\\.ts$' },
      to: { path: '^node_modules/ipaddr\\.js/' },
    },
  ],
  options: {
    doNotFollow: { path: '^node_modules/' },
    tsPreCompilationDeps: true,
    parser: 'swc',
    moduleSystems: ['es6'],
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'browser', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json'],
    },
  },
};
