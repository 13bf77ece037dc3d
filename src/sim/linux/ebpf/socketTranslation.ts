import type { EntryRef, StepDetail } from '../../../datamodel/flow/step.ts';
import type { SocketEnd } from '../kernel.ts';

type ProgramDetail = Extract<StepDetail, { readonly type: 'program' }>;

/** A program's word about a system call, to be written down with the first packet that comes of it. */
export interface SocketNote {
  readonly detail: ProgramDetail;
  readonly entry: EntryRef;
}

/** What a socket's destination became, and what it must be called when a program asks (cilium_lb4_reverse_sk). */
export interface SocketTranslation {
  readonly asked: SocketEnd;
  readonly backend: SocketEnd;
  readonly reverseNat: number;
  readonly note: SocketNote;
}

/** The service has nobody behind it. */
export interface SocketRefusal {
  readonly refused: SocketNote;
  /** What the call fails with: programs may say so, or the kernel says EPERM for them. */
  readonly error: 'EHOSTUNREACH' | 'EPERM';
}
