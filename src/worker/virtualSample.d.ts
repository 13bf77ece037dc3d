/** Made by scripts/preparedSample.ts when the app is built. */
declare module 'virtual:sample' {
  import type { PreparedCluster } from '../sim/prepareCluster.ts';

  const sample: PreparedCluster;
  export default sample;
}
