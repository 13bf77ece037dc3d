import { installPrinters } from '../../print/printTool.ts';
import { TABLE_PRINTERS } from '../../print/tablePrinters.ts';
import { installModes } from '../installModes.ts';
import { installAllNetworks } from '../installNetworks.ts';

// For tests that make kernels or compile clusters without a simulation, which would have seen to it.
installModes();
installAllNetworks();
installPrinters(TABLE_PRINTERS);
