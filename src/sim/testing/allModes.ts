import { installPrinters } from '../../print/printTool.ts';
import { TABLE_PRINTERS } from '../../print/tablePrinters.ts';
import { MORE_DISSECTORS } from '../../wire/dissect/moreDissectors.ts';
import { installDissectors } from '../../wire/layers.ts';
import { installModes } from '../installModes.ts';
import { installAllNetworks } from '../installNetworks.ts';
import { installLateParts } from '../linux/installLateParts.ts';

// For tests that make kernels or compile clusters without a simulation, which would have seen to it.
installLateParts();
installModes();
installAllNetworks();
installDissectors(MORE_DISSECTORS);
installPrinters(TABLE_PRINTERS);
