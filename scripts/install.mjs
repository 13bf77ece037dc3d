// Installs what a fresh clone or a bare machine lacks: the npm packages, a browser, tools from Debian.
// Uses nothing but Node itself, for it runs before there is a node_modules.

import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Runs a command in the project's folder with its output shown.
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env] added to the environment
 * @returns {boolean} whether it succeeded
 */
export function run(command, args, env = {}) {
  const shell = process.platform === 'win32';
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell, env: { ...process.env, ...env } });
  return status === 0;
}

/**
 * Looks a command up in PATH, and where Debian keeps the administrator's.
 * @param {string} name
 */
export function which(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Runs `npm ci` unless node_modules already holds what the lock file says. */
export function ensurePackages() {
  if (packagesMatchLock()) return;
  console.log('installing packages (npm ci)');
  if (!run('npm', ['ci', '--no-audit', '--no-fund'])) throw new Error('npm ci failed');
}

/** Compares the lock file with npm's own record of what it installed; other platforms' optional packages may lack. */
function packagesMatchLock() {
  try {
    /** @type {(path: string) => Record<string, { version?: string, optional?: boolean, devOptional?: boolean }>} */
    const packages = (path) => JSON.parse(readFileSync(join(root, path), 'utf8')).packages;
    const installed = packages('node_modules/.package-lock.json');
    return Object.entries(packages('package-lock.json')).every(
      ([path, { version, optional, devOptional }]) =>
        path === '' || installed[path]?.version === version || ((optional || devOptional) && !installed[path]),
    );
  } catch {
    return false;
  }
}

/**
 * Installs Debian packages when this is Debian and we may.
 * @param {string[]} packages
 * @returns {boolean} whether they are installed now
 */
export function aptInstall(packages) {
  if (!which('apt-get')) return false;
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && !which('sudo')) return false;
  /** @param {string[]} args */
  const apt = (args) => {
    const command = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', '-o', 'Acquire::Retries=3', ...args];
    const [program = '', ...rest] = isRoot ? command : ['sudo', '-n', ...command];
    return run(program, rest);
  };
  for (let attempt = 0; attempt < 3; attempt += 1) {
    if (apt(['update']) && apt(['install', '-y', '--no-install-recommends', ...packages])) return true;
  }
  return false;
}

const systemBrowsers = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The browser to test with: Playwright's own when it is installed (''), else the system's (its path), else undefined. */
export async function findBrowser() {
  const { chromium } = await import('@playwright/test');
  if (existsSync(chromium.executablePath())) return '';
  for (const name of systemBrowsers) {
    const path = which(name);
    if (path) return path;
  }
  return undefined;
}

/** Installs a browser when there is none: Debian's where we may, else Playwright's own. */
export async function ensureBrowser() {
  if ((await findBrowser()) !== undefined) return;
  console.log('installing a browser');
  aptInstall(['chromium']);
  if ((await findBrowser()) === undefined) run('npx', ['--no-install', 'playwright', 'install', 'chromium']);
  if ((await findBrowser()) === undefined) {
    throw new Error('no browser: neither apt-get install chromium nor npx playwright install chromium worked');
  }
}

/** How a headless Chromium is started: without a sandbox of its own, a GPU, or a word to the network. */
export const browserFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
