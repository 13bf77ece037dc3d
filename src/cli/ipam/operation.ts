import type { CaseFields } from './caseFields.ts';

/** Does one operation of a case. @returns undefined for one that the plugin does not have. */
export type Operation = (op: string, fields: CaseFields) => unknown;
