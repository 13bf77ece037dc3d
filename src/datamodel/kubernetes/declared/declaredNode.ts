import type { Declared } from './declaredObject.ts';
import type { DeclaredCondition } from './declaredPod.ts';

export interface DeclaredNode extends Declared<'Node'> {
  readonly spec?: {
    readonly podCIDR?: string;
    readonly podCIDRs?: readonly string[];
    readonly unschedulable?: boolean;
    readonly taints?: readonly DeclaredTaint[];
  };
  readonly status?: {
    readonly addresses?: readonly { readonly type?: string; readonly address?: string }[];
    readonly conditions?: readonly DeclaredCondition[];
    readonly allocatable?: { readonly pods?: number | string };
    readonly capacity?: { readonly pods?: number | string };
  };
}

export interface DeclaredTaint {
  readonly key?: string;
  readonly value?: string;
  readonly effect?: string;
}
