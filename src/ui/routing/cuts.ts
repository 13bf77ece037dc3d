import type { BgpDeed } from '../../datamodel/bgp/operation.ts';
import type { BgpPlan } from '../../datamodel/bgp/plan.ts';

/** What can be cut, and in which ways. */
export interface CutChoice {
  readonly name: string;
  readonly group: 'Links' | 'Machines';
  readonly ways: readonly { readonly label: string; readonly does: BgpDeed }[];
}

/** Every link and every machine of a plan. */
export function cutChoices({ links, speakers }: BgpPlan): readonly CutChoice[] {
  return [
    ...links.map(
      ({ name }): CutChoice => ({
        name,
        group: 'Links',
        ways: [
          { label: 'pulled: both ends see it', does: { kind: 'link-down', link: name } },
          { label: 'drops all packets silently', does: { kind: 'drop', link: name } },
        ],
      }),
    ),
    ...speakers.map(({ name, peers, interfaces }): CutChoice => {
      const nic = interfaces.find((own) => own.name !== 'lo' && linkOf({ links }, name, own.name) !== undefined);
      const link = nic && linkOf({ links }, name, nic.name);
      return {
        name,
        group: 'Machines',
        ways: [
          { label: 'loses its power', does: { kind: 'power-off', speaker: name } },
          ...(nic
            ? [
                {
                  label: `ip link set dev ${nic.name} down`,
                  does: { kind: 'interface-down', speaker: name, interface: nic.name },
                } as const,
              ]
            : []),
          ...(nic && link !== undefined
            ? [{ label: `its port on ${link} drops silently`, does: { kind: 'drop', link, speaker: name } } as const]
            : []),
          ...(peers.length > 0
            ? ([
                { label: 'birdc down', does: { kind: 'shutdown', speaker: name } },
                { label: 'kill -9 of BIRD', does: { kind: 'crash', speaker: name } },
              ] as const)
            : []),
        ],
      };
    }),
  ];
}

function linkOf({ links }: Pick<BgpPlan, 'links'>, speaker: string, device: string): string | undefined {
  return links.find(({ ends }) => ends.some((end) => end.speaker === speaker && end.interface === device))?.name;
}
