import { assertUnreachable } from '../../base/assertUnreachable.ts';
import type { Step } from '../../datamodel/flow/step.ts';
import { count } from '../describe.ts';
import { type Names, withName } from '../names.ts';

type Program = Extract<Step, { type: 'program' }>;

/** What an eBPF program decided, and where it sits. */
export function programSentence(step: Program, here: string, names: Names): string {
  return step.attach.startsWith('cgroup/') ? socketSentence(step, here, names) : deviceSentence(step, here);
}

function socketSentence(step: Program, here: string, names: Names): string {
  const { socket, service = 'the service' } = step;
  if (!socket) return `${step.name} leaves the socket of ${here} alone`;
  const before = withName(socket.before, names);
  const after = withName(socket.after, names);
  switch (step.attach) {
    case 'cgroup/recvmsg4':
      return `${here}'s program is told that ${after} has answered, though ${before} did`;
    case 'cgroup/getpeername4':
      return `${here}'s program is told that its peer is ${after}, though it is ${before}`;
    default: {
      const call = step.attach === 'cgroup/connect4' ? 'connect()' : 'sendmsg()';
      if (step.action === 'refuse')
        return `${here}'s ${call} to ${before} fails: ${service} has no backend, and no packet is made`;
      return `${here}'s ${call} to ${before} is rewritten to ${after} before a packet exists`;
    }
  }
}

const REDIRECTED: Readonly<Record<NonNullable<Program['helper']>, string>> = {
  bpf_redirect: "sends the packet on itself, past the kernel's hooks",
  bpf_redirect_peer:
    'puts the packet into the namespace behind the veth, past its near end and all hooks (bpf_redirect_peer)',
  bpf_redirect_neigh:
    "sends the packet on itself and has the neighbour asked for, past the kernel's hooks (bpf_redirect_neigh)",
};

function deviceSentence(step: Program, here: string): string {
  const where = `${step.name} at ${step.attach} of ${here}'s ${step.device ?? 'device'}`;
  const found = step.service === undefined ? '' : `finds ${step.service} and `;
  const note = step.note === undefined ? '' : `, as ${step.note}`;
  const after = `: ${count(step.lookups, 'lookup')}${note}`;
  switch (step.action) {
    case 'translate':
      return `${where} ${found}rewrites the packet${after}`;
    case 'redirect':
      return `${where} ${found}${REDIRECTED[step.helper ?? 'bpf_redirect']}${after}`;
    case 'reply':
      return `${where} ${found}answers with an ICMP error${after}`;
    case 'drop':
    case 'refuse':
      return `${where} ${found}drops the packet${step.reason === undefined ? '' : ` (${step.reason})`}${after}`;
    case 'pass':
      return `${where} lets the packet pass${step.note === undefined ? '' : ` and remembers that ${step.note}`}`;
    default:
      return assertUnreachable(step.action);
  }
}
