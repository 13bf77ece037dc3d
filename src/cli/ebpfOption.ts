import { InvalidArgumentError, Option } from 'commander';
import type { EbpfSettings } from '../datamodel/cluster/command.ts';

const WORDS: ReadonlyMap<string, EbpfSettings> = new Map<string, EbpfSettings>([
  ['snat', { dsr: 'snat' }],
  ['dsr', { dsr: 'dsr' }],
  ['hybrid', { dsr: 'hybrid' }],
  ['random', { algorithm: 'random' }],
  ['maglev', { algorithm: 'maglev' }],
  ['host-only', { socketLbHostOnly: true }],
]);

/** `--ebpf dsr,maglev`: how Services are load-balanced where eBPF does it. */
export function ebpfOption(): Option {
  return new Option(
    '--ebpf <WORDS>',
    `with --proxy-mode ebpf: ${[...WORDS.keys()].join(', ')}; several with commas between`,
  ).argParser((text: string): EbpfSettings => {
    const settings = text.split(',').map((word) => {
      const meant = WORDS.get(word.trim());
      if (meant === undefined) throw new InvalidArgumentError(`${word} is none of ${[...WORDS.keys()].join(', ')}`);
      return meant;
    });
    return Object.assign({}, ...settings);
  });
}
