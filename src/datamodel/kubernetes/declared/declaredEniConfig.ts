import type { Declared } from './declaredObject.ts';

/** crd.k8s.amazonaws.com/v1alpha1 */
export interface DeclaredEniConfig extends Declared<'ENIConfig'> {
  readonly spec?: { readonly subnet?: string; readonly securityGroups?: readonly string[] };
}
