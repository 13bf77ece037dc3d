import type { DemonstrationState } from '../../store/demonstration.ts';

/** What came of the demonstration, in a sentence. */
export function proofWords({ status, missing, proof }: DemonstrationState): string {
  switch (status) {
    case 'none':
      return '';
    case 'staging':
      return 'It is being prepared and sent…';
    case 'missing':
      return `This cluster cannot show it: it takes ${missing}.`;
    case 'otherwise':
      return 'Here it went otherwise: something on its way has been changed.';
    case 'replaced':
      return 'Something else is shown by now.';
    case 'proved':
      return proof?.sentence ?? '';
  }
}
