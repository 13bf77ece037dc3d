import { useEffect, useState } from 'react';
import { useLayoutKind } from '../shell/useLayoutKind.ts';
import { CostChart } from './CostChart.tsx';
import { CostTable } from './CostTable.tsx';
import { PER_CONNECTION, PER_SYNC, seriesOf } from './series.ts';
import { useCosts } from './useCosts.ts';
import './cost.css';

/** Ten stops to a power of ten. */
const STOPS = 40;
/** The slider is given so long to come to a rest before anything is measured. */
const REST = 150;

/** What Services cost in every mode, measured by running each on clusters made for it. */
export function Cost() {
  const layout = useLayoutKind();
  const [stop, setStop] = useState(30);
  const services = servicesAt(stop);
  const [chosen, setChosen] = useState(services);
  useEffect(() => {
    const timer = setTimeout(() => setChosen(services), REST);
    return () => clearTimeout(timer);
  }, [services]);
  const { measured, missing, problem } = useCosts(chosen);
  const status = problem !== undefined ? 'failed' : missing > 0 ? 'asking' : 'ready';
  return (
    <>
      <p className="cost-lead">
        Clusters of 1 to 10,000 Services with 3 endpoints each are built here in every mode, and a connection is opened
        in each. Counted is what the client's node does until the packet is addressed to an endpoint, and what its
        tables hold. Nothing is computed from a formula.
      </p>
      <label className="cost-slider">
        Services
        <input
          type="range"
          min={0}
          max={STOPS}
          value={stop}
          aria-label="Number of Services"
          aria-valuetext={`${services.toLocaleString('en-US')} Services`}
          onInput={(event) => setStop(Number(event.currentTarget.value))}
          onChange={(event) => setStop(Number(event.currentTarget.value))}
        />
        <span className="cost-number" aria-hidden="true">
          {services.toLocaleString('en-US')}
        </span>
      </label>
      <p className="compare-status cost-status" role="status" data-status={status}>
        {status === 'failed' && `It cannot be measured: ${problem}`}
        {status === 'asking' && `Measuring: ${missing} clusters to go…`}
        {status === 'ready' && `All measured, also at ${chosen.toLocaleString('en-US')} Services.`}
      </p>
      <div className="cost-charts">
        {[PER_CONNECTION, PER_SYNC].map((quantity) => (
          <CostChart
            key={quantity.name}
            quantity={quantity}
            series={seriesOf(measured, quantity)}
            chosen={chosen}
            width={layout === 'phone' ? 'narrow' : 'wide'}
          />
        ))}
      </div>
      <CostTable costs={measured} />
    </>
  );
}

/** 1, 2, 3, 5, 8, 10 … 10,000: the stops of a slider that goes by powers of ten, rounded to be read. */
function servicesAt(stop: number): number {
  const exact = 10 ** (stop / (STOPS / 4));
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(exact) + 1e-9) - 1);
  return Math.round(exact / unit) * unit;
}
