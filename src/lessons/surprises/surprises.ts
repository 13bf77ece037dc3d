import { beforeTheBridge } from './beforeTheBridge.ts';
import { bridgedService } from './bridgedService.ts';
import { bridgeNetfilterOff } from './bridgeNetfilterOff.ts';
import { cutOutside } from './cutOutside.ts';
import { errorFromService } from './errorFromService.ts';
import { firstPacketOnly } from './firstPacketOnly.ts';
import { hairpin } from './hairpin.ts';
import { pingClusterIp, wrongPort } from './leaks.ts';
import { askedInVain, noSuchPod, routerNobodyKnows } from './neighbours.ts';
import { doubleSnat, lostClient, tunnelSource } from './nodePorts.ts';
import { nodeProcess } from './nodeProcess.ts';
import { noEndpoints } from './noEndpoints.ts';
import { ownBroadcast } from './ownBroadcast.ts';
import { podOnlyMtu, savedByMss } from './podOnlyMtu.ts';
import {
  calledByItself,
  everybodyAnswers,
  localAnywhere,
  pingRefused,
  refusedByItself,
  routedByIpvs,
} from './proxyModes.ts';
import { randomFully } from './randomFully.ts';
import { sameNodePods } from './sameNodePods.ts';
import { secondSend } from './secondSend.ts';
import type { Surprise } from './surprise.ts';
import { ttlOne } from './ttlOne.ts';
import { fiftyBytes, hiddenFlag, lostBehindTunnel, notThePodsMac } from './tunnel.ts';

/** All surprises, group by group, in the order in which they are listed. */
export const SURPRISES: readonly Surprise[] = [
  sameNodePods,
  ttlOne,
  ownBroadcast,
  beforeTheBridge,
  bridgedService,
  bridgeNetfilterOff,
  hairpin,
  wrongPort,
  pingClusterIp,
  noEndpoints,
  nodeProcess,
  firstPacketOnly,
  tunnelSource,
  lostClient,
  doubleSnat,
  randomFully,
  podOnlyMtu,
  savedByMss,
  errorFromService,
  secondSend,
  cutOutside,
  fiftyBytes,
  notThePodsMac,
  hiddenFlag,
  lostBehindTunnel,
  noSuchPod,
  askedInVain,
  routerNobodyKnows,
  routedByIpvs,
  localAnywhere,
  refusedByItself,
  pingRefused,
  everybodyAnswers,
  calledByItself,
];
