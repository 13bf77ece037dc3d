import type { Weighing } from '../../datamodel/cluster/weighing.ts';
import type { Step } from '../../datamodel/flow/step.ts';
import type { Conversation } from '../../datamodel/flow/trace.ts';

/** One property of backends: what is said of it, whether it tells against the backend, and the step that shows it. */
export interface Column {
  readonly name: string;
  readonly text: (weighing: Weighing) => string;
  readonly detail?: (weighing: Weighing) => string | undefined;
  readonly isBad?: (weighing: Weighing) => boolean;
  readonly show: (steps: readonly Step[]) => Step | undefined;
}

const end = (steps: readonly Step[]): Step | undefined =>
  steps.findLast(({ type }) => type === 'drop' || type === 'deliver');
const wrapped = (steps: readonly Step[]): Step | undefined =>
  steps.find(({ type }) => type === 'encapsulate') ?? onCable(steps);
const onCable = (steps: readonly Step[]): Step | undefined =>
  steps.find(
    ({ type, device, netns }) => type === 'transmit' && /^eth\d+$/.test(device ?? '') && netns.startsWith('node/'),
  );
const fewest = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;
const works = ({ answered, tried }: Weighing): boolean => answered === tried && tried > 0;

export const COLUMNS: readonly Column[] = [
  {
    name: 'Works here?',
    text: (each) =>
      works(each) ? 'yes' : each.tried === 0 ? 'no Pods to try' : `${each.answered} of ${each.tried} pairs`,
    detail: ({ failure }) => failure && `${failure.where}: ${failure.reason}. ${failure.because}`,
    isBad: (each) => !works(each),
    show: end,
  },
  {
    name: 'Overhead',
    text: ({ overhead }) => (overhead === undefined ? '–' : `${overhead} B`),
    show: wrapped,
  },
  {
    name: 'Pod MTU',
    text: ({ podMtu }) => `${podMtu}`,
    detail: ({ mtus }) => mtus.map(({ nic, pod }) => `${pod} on ${nic}`).join(', '),
    show: onCable,
  },
  { name: 'On the wire', text: ({ headers }) => headers.join(' › ') || 'nothing got there', show: wrapped },
  {
    name: 'Sender, to the receiver',
    text: ({ source }) => (source ? (source.isOwn ? 'its own address' : 'another address') : 'nobody got it'),
    detail: ({ source }) => source?.address,
    isBad: ({ source }) => source?.isOwn !== true,
    show: end,
  },
  {
    name: 'NAT',
    text: ({ nat }) => nat.join(', ') || 'none',
    detail: ({ natOutside }) => `to the outside: ${natOutside.join(', ') || 'none'}`,
    isBad: ({ nat }) => nat.length > 0,
    show: (steps) => steps.find(({ type }) => type === 'translate') ?? end(steps),
  },
  {
    name: 'Who learns routes',
    text: ({ nodeRoutes }) => `node: ${nodeRoutes}`,
    detail: ({ routerRoutes }) =>
      routerRoutes.map(({ router, routes }) => `${router}: ${routes}`).join(', ') || 'no router between',
    show: (steps) => steps.find(({ type, netns }) => type === 'route' && netns.startsWith('node/')),
  },
  {
    name: 'Needs',
    text: ({ passes, acrossSubnets }) =>
      [passes ?? 'nothing got to the wire', ...(acrossSubnets ? [] : ['one L2 segment'])].join(', '),
    detail: ({ speaksBgp }) => (speaksBgp ? 'speaks BGP' : 'no BGP'),
    show: onCable,
  },
  {
    name: 'Cost',
    text: ({ lookups, rules }) => `${fewest(lookups, 'lookup')}, ${fewest(rules, 'rule')}`,
    detail: ({ hops }) => fewest(hops, 'hop'),
    show: (steps) => steps.find(({ type }) => type === 'hook' || type === 'program'),
  },
  {
    name: 'Policy enforcer',
    text: ({ enforcers }) => enforcers.join(', ') || 'none',
    show: (steps) => steps.find(({ type, netns }) => type === 'hook' && netns.startsWith('node/')) ?? end(steps),
  },
];

/** The step of a request that shows a property. */
export function shownBy({ traces }: Conversation, column: Column): number | undefined {
  const own = traces.filter(({ role, exchange }) => role === 'forward' && exchange === 'flow');
  return column.show(own.flatMap(({ hops }) => hops.flatMap((hop): readonly Step[] => hop.steps)))?.id;
}
