/** Bounds on what strangers paste: enough for a dump of some thousand Pods, too little to hang a tab. */
export const MAX_SOURCE_CHARACTERS = 8 * 1024 * 1024;
export const MAX_TOTAL_CHARACTERS = 32 * 1024 * 1024;
/** Values a document may have once its aliases are followed, so that nine lines of them cannot become billions. */
export const MAX_VALUES = 4_000_000;
export const MAX_ALIASES = 10_000;
export const MAX_DEPTH = 64;
export const MAX_PROBLEMS = 100;
