import { HopList } from './HopList.tsx';
import { PacketPanel } from './PacketPanel.tsx';
import './inspector.css';

/** The text twin of the stage: where the packets go, and what they are made of. */
export function Inspector() {
  return (
    <div className="inspector">
      <HopList />
      <PacketPanel />
    </div>
  );
}
