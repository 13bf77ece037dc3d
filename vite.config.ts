import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { preparedSample } from './scripts/preparedSample.ts';

export default defineConfig({
  // relative addresses: the built app works under any path
  base: './',
  plugins: [react(), preparedSample()],
  worker: { format: 'es', plugins: () => [preparedSample()] },
  // The components are React's; Preact draws them, in a fifth of the bytes. Tests of components keep the original.
  resolve: {
    alias: process.env.VITEST
      ? {}
      : {
          'react-dom/client': 'preact/compat/client',
          'react-dom': 'preact/compat',
          'react/jsx-runtime': 'preact/jsx-runtime',
          'react/jsx-dev-runtime': 'preact/jsx-dev-runtime',
          react: 'preact/compat',
          // what d3-zoom would bring along for transitions, colours included: the stage has none
          'd3-transition': fileURLToPath(new URL('src/ui/stage/noTransitions.ts', import.meta.url)),
        },
  },
  build: {
    outDir: 'dist/app',
    target: 'es2023',
    modulePreload: { polyfill: false },
    // the page's policy allows fonts and scripts from its own files only, never from data: addresses
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // heavy, and wanted only once the manifests are opened
            { name: 'editor', test: /node_modules[\\/](@?codemirror|@lezer|@marijn|crelt|style-mod|w3c-keyname)[\\/]/ },
          ],
        },
      },
    },
  },
  test: {
    include: ['src/**/*.test.{ts,tsx}'],
    environment: 'node',
    setupFiles: ['scripts/propertySeed.ts'],
    restoreMocks: true,
    testTimeout: 20_000,
    // all cores: nothing else runs meanwhile
    maxWorkers: '100%',
  },
});
