import { installPrinters } from '../../print/printTool.ts';
import { TABLE_PRINTERS } from '../../print/tablePrinters.ts';
import { MORE_TUNNELS } from '../../wire/dissect/moreTunnels.ts';
import { installDissectors } from '../../wire/layers.ts';
import { installModes } from '../installModes.ts';
import { installAllNetworks } from '../installNetworks.ts';

// For tests that make kernels or compile clusters without a simulation, which would have seen to it.
installModes();
installAllNetworks();
installDissectors(MORE_TUNNELS);
installPrinters(TABLE_PRINTERS);
