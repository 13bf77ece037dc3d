import { Command, Option } from 'commander';
import { clusterBgpPlan } from '../sim/controlplane/routing/bgp/clusterBgpPlan.ts';
import { bgpCourse } from '../sim/controlplane/routing/bgp/course.ts';
import { bgpCourseJson } from './bgpCourseJson.ts';
import { bgpCourseText } from './bgpCourseText.ts';
import { CUT_WAYS, type CutWay, readCut } from './bgpCut.ts';
import { type ClusterOptions, settingsOf, withClusterOptions } from './clusterOptions.ts';
import { runCommands } from './execOption.ts';
import { loadCluster } from './loadCluster.ts';
import { integerBetween } from './options.ts';
import { writeOut } from './output.ts';
import { UsageError } from './usageError.ts';

interface BgpOptions extends ClusterOptions {
  readonly cut?: string;
  readonly how?: CutWay;
  readonly restoreAfter?: number;
  readonly watch: number;
  readonly messages: boolean;
  readonly output: 'text' | 'json';
}

/** `hopscope bgp`: starts all BGP speakers of the cluster, and tells what they say before and after a cut. */
export function bgpCommand(): Command {
  const command = new Command('bgp').description(
    'let the cluster’s BGP speakers converge, cut something, and watch the routes go router by router',
  );
  return withClusterOptions(command)
    .option('--cut <WHAT>', 'a link, a speaker, or SPEAKER/INTERFACE')
    .addOption(new Option('--how <WAY>', 'how it is cut (default: down)').choices(CUT_WAYS))
    .option('--restore-after <SECONDS>', 'undo the cut after that long', integerBetween(1, 3600))
    .option('--watch <SECONDS>', 'how long the end is watched', integerBetween(1, 3600), 250)
    .option('--messages', 'also list every message in the time line', false)
    .addOption(new Option('-o, --output <FORMAT>', 'how to tell').choices(['text', 'json']).default('text'))
    .action(async (options: BgpOptions) => {
      const simulation = await loadCluster(options.file, settingsOf(options));
      runCommands(simulation, options.exec);
      const plan = clusterBgpPlan(simulation.plan());
      if (!plan) throw new UsageError('This cluster’s network uses no BGP: try --cni calico-bgp', 1);
      const { seed, restoreAfter, watch, how } = options;
      if (options.cut === undefined && (how !== undefined || restoreAfter !== undefined))
        throw new UsageError('--how and --restore-after need --cut');
      const cut = options.cut === undefined ? undefined : readCut(options.cut, how ?? 'down', plan);
      const course = bgpCourse(plan, {
        seed,
        watch,
        before: simulation.routing().deeds.map(({ does }) => does),
        ...(cut && { cut }),
        ...(restoreAfter !== undefined && { restoreAfter }),
      });
      await writeOut(options.output === 'json' ? bgpCourseJson(course) : bgpCourseText(course, options.messages));
    });
}
