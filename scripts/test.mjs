// `npm test`: installs what is missing, then types, lint with import rules, unit tests, build and end-to-end tests.
// Ends with one line, `N passed, N failed` (`, N skipped` may follow), and fails when anything did. Nothing is cut short by
// an earlier failure, but the end-to-end tests need a build.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aptInstall, ensureBrowser, ensurePackages, run, which } from './install.mjs';

const total = { passed: 0, failed: 0, skipped: 0 };
/** @type {string[]} */
const summary = [];

/**
 * Adds what one part found.
 * @param {string} name
 * @param {{ passed: number, failed: number, skipped?: number }} count
 */
function record(name, { passed, failed, skipped = 0 }) {
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
  summary.push(`${name}: ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
}

/**
 * @param {string} name
 * @param {() => boolean} work
 */
function check(name, work) {
  console.log(`\n── ${name}`);
  const ok = work();
  record(name, ok ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 });
  return ok;
}

/** @param {string} name */
const script = (name) => run('npm', ['run', '--silent', name]);

ensurePackages();
await ensureBrowser();
if (process.env.CI) {
  // the rules and captures are also given to the real tools; without them those tests fail on CI and are skipped elsewhere
  const missing = Object.entries({
    'iptables-restore': 'iptables',
    nft: 'nftables',
    tshark: 'tshark',
    unshare: 'util-linux',
  })
    .filter(([command]) => !which(command))
    .map(([, debian]) => debian);
  if (missing.length > 0) aptInstall(missing);
}

const reports = mkdtempSync(join(tmpdir(), 'hopscope-test-'));
try {
  check('types', () => script('types'));
  check('lint', () => run('npx', ['--no-install', 'biome', 'check', '--error-on-warnings', '.']));
  check('imports', () => run(process.execPath, ['scripts/imports.mjs']));
  unit();
  if (check('build', () => script('build'))) endToEnd();
} finally {
  rmSync(reports, { recursive: true, force: true });
}

function unit() {
  console.log('\n── unit tests');
  const file = join(reports, 'unit.json');
  const ok = run('npx', [
    '--no-install',
    'vitest',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile=${file}`,
  ]);
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    /** @type {{ status: string, assertionResults: unknown[] }[]} */
    const suites = report.testResults;
    // a file that could not even be loaded has no tests to count
    const broken = suites.filter((suite) => suite.status === 'failed' && suite.assertionResults.length === 0).length;
    const failed = report.numFailedTests + broken;
    // an error outside any test fails the run though no test failed
    const stray = !ok && failed === 0 ? 1 : 0;
    const skipped = report.numPendingTests + report.numTodoTests;
    record('unit tests', { passed: report.numPassedTests, failed: failed + stray, skipped });
  } catch {
    record('unit tests', { passed: 0, failed: 1 });
  }
}

function endToEnd() {
  console.log('\n── end-to-end tests');
  const file = join(reports, 'e2e.json');
  const ok = run('npx', ['--no-install', 'playwright', 'test', '-c', 'e2e', '--reporter=list,json'], {
    PLAYWRIGHT_JSON_OUTPUT_NAME: file,
  });
  try {
    const { stats } = JSON.parse(readFileSync(file, 'utf8'));
    const stray = !ok && stats.unexpected === 0 ? 1 : 0;
    record('end-to-end tests', {
      passed: stats.expected + stats.flaky,
      failed: stats.unexpected + stray,
      skipped: stats.skipped,
    });
    // nobody shall overlook what passed only when tried again
    if (stats.flaky > 0) summary.push(`end-to-end tests that passed only when tried again: ${stats.flaky}`);
  } catch {
    record('end-to-end tests', { passed: 0, failed: 1 });
  }
}

console.log(`\n${summary.join('\n')}\n`);
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
process.exitCode = total.failed === 0 ? 0 : 1;
