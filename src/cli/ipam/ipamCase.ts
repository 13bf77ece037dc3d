import { err, ok, type Result } from '../../base/result.ts';
import { awsCase } from './awsCase.ts';
import { calicoCase } from './calicoCase.ts';
import { CaseError, CaseFields } from './caseFields.ts';
import { clusterPoolCase } from './clusterPoolCase.ts';
import { hostLocalCase } from './hostLocalCase.ts';
import { nodeCidrCase } from './nodeCidrCase.ts';
import type { Operation } from './operation.ts';

const PLUGINS: ReadonlyMap<string, (input: CaseFields) => Operation> = new Map([
  ['host-local', hostLocalCase],
  ['calico-ipam', calicoCase],
  ['aws-vpc-cni', awsCase],
  ['nodecidr', nodeCidrCase],
  ['cluster-pool', clusterPoolCase],
]);

/** What each operation of a case returned. */
export interface IpamAnswer {
  readonly results: readonly unknown[];
}

/** Plays a case: `plugin` says of what, `input` what there is to begin with, `operations` what is done, one after another. */
export function playIpamCase(value: unknown): Result<IpamAnswer, string> {
  try {
    const fields = new CaseFields(value);
    const plugin = fields.text('plugin');
    const begin = PLUGINS.get(plugin);
    if (begin === undefined) return err(`plugin: expected one of ${[...PLUGINS.keys()].join(', ')}`);
    const operate = begin(fields.fields('input'));
    return ok({ results: fields.objects('operations').map((operation) => answer(operate, operation)) });
  } catch (error) {
    if (error instanceof CaseError || error instanceof RangeError) return err(error.message);
    throw error;
  }
}

/** A bad operation fails by itself; those after it are done all the same. */
function answer(operate: Operation, fields: CaseFields): unknown {
  try {
    const op = fields.text('op');
    return operate(op, fields) ?? { error: `op: there is no ${op}` };
  } catch (error) {
    if (error instanceof CaseError || error instanceof RangeError) return { error: error.message };
    throw error;
  }
}
