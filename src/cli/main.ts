import { Command } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { bgpCommand } from './bgpCommand.ts';
import { cniCommand } from './cniCommand.ts';
import { ipamCommand } from './ipamCommand.ts';
import { printCommand } from './printCommand.ts';
import { serviceCommand } from './serviceCommand.ts';
import { traceCommand } from './traceCommand.ts';
import { UsageError } from './usageError.ts';

const program = new Command('hopscope')
  .description('See, hop by hop, how a packet crosses a Kubernetes cluster.')
  .version(packageJson.version)
  .showHelpAfterError('(hopscope --help tells more)')
  .addCommand(traceCommand())
  .addCommand(printCommand())
  .addCommand(serviceCommand())
  .addCommand(bgpCommand())
  .addCommand(ipamCommand())
  .addCommand(cniCommand());

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exitCode;
}
