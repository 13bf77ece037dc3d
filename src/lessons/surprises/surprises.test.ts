import { it } from 'vitest';
import { openSample } from '../../sim/createSimulation.ts';
import { EMPTY_DRAFT, readDraft } from '../../store/draft.ts';
import { SURPRISES } from './surprises.ts';

it('dump', () => {
  for (const s of SURPRISES) {
    const sim = openSample();
    const st = s.stage(sim.cluster());
    if ('missing' in st) { console.log(s.id, 'MISSING', st.missing); continue; }
    for (const c of st.commands) { const a = sim.apply({type:'exec', ...c}); if (!a.ok) console.log(s.id, c.line, a.problems); }
    const d = {...EMPTY_DRAFT, ...st.request};
    const r = readDraft(d, sim.resolve(d.from,'from'), sim.resolve(d.to,'to'));
    if (!r.ok) { console.log(s.id, r.problems); continue; }
    const c = sim.send(r.flow);
    const p = st.prove(c);
    console.log(s.id, JSON.stringify(st.request), c.outcomes.map(o=>o.type).join(), p ? p.step+' '+JSON.stringify(p.show)+' '+p.sentence : 'NO PROOF');
  }
});
