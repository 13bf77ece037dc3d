import fc from 'fast-check';

/**
 * Property tests draw the same cases on every machine, so that a red run is red again; FAST_CHECK_SEED draws others.
 */
fc.configureGlobal({ seed: Number(process.env.FAST_CHECK_SEED ?? 20_261_123) });
