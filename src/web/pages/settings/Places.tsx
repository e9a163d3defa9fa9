/** Where checks run: the places with their agents, how busy they are, and what they give to user code. */
import { useQuery } from '@tanstack/react-query';
import type { Agent, Place } from '../../../contract/pages/settings.ts';
import { placesQuery } from '../../api/settings.ts';
import { Facts, Section } from '../../kit/Section.tsx';
import { Empty, Failure, Loading } from '../../kit/states.tsx';
import { Moment } from '../../kit/times.tsx';

export function Places({ accountId }: { accountId: string }) {
  const places = useQuery(placesQuery(accountId));
  if (places.error && !places.data) return <Failure error={places.error} again={() => void places.refetch()} />;
  if (!places.data) return <Loading what="the locations" />;
  const { places: list, waitingIsLeast } = places.data;
  return (
    <div className="place-list">
      {list.map((place) => <PlaceSection key={place.id} place={place} atLeast={waitingIsLeast} />)}
      {list.length === 1 && <p className="muted settings-hint">The account has no private locations. <code>POST /v1/private-locations</code> makes one, and <code>assay agent</code> serves it.</p>}
    </div>
  );
}

function PlaceSection({ place, atLeast }: { place: Place; atLeast: boolean }) {
  const { waiting: { light, heavy }, agents } = place;
  const alive = agents.filter(({ isAlive }) => isAlive).length;
  const many = (runs: number) => `${runs.toLocaleString()}${atLeast ? ' or more' : ''}`;
  return (
    <Section title={place.name} note={place.slugName === null ? 'every region of the CLI leads here' : <code>{place.slugName}</code>}>
      <Facts items={[
        ['Agents', `${alive} alive${agents.length > alive ? `, ${agents.length - alive} gone` : ''}`],
        ['Waiting', light + heavy === 0 && !atLeast ? 'nothing' : `${many(light)} protocol, ${many(heavy)} browser`],
        ['Longest wait since', place.oldestWaitingAt && <Moment at={place.oldestWaitingAt} />],
      ]} />
      {agents.length === 0 ? <Empty title="No agent has ever served this place."><p>Checks that are sent here wait until one does.</p></Empty> : (
        <table className="rows agent-list">
          <thead><tr><th>Agent</th><th>State</th><th>Load</th><th>Sandbox for user code</th><th>Version</th></tr></thead>
          <tbody>{agents.map((agent) => <AgentRow key={agent.id} agent={agent} />)}</tbody>
        </table>
      )}
    </Section>
  );
}

function AgentRow({ agent }: { agent: Agent }) {
  return (
    <tr className={agent.isAlive ? undefined : 'agent-gone'}>
      <td className="key-name">{agent.name}</td>
      <td data-name="State">{agent.isAlive
        ? <span><span className="agent-dot agent-dot-alive" aria-hidden="true" />alive <span className="muted">since <Moment at={agent.firstSeenAt} /></span></span>
        : <span><span className="agent-dot" aria-hidden="true" />gone <span className="muted">since <Moment at={agent.lastSeenAt} /></span></span>}</td>
      <td data-name="Load">{agent.isAlive ? <div className="agent-loads"><Load name="protocol" taken={agent.taken.light} slots={agent.slots.light} /><Load name="browser" taken={agent.taken.heavy} slots={agent.slots.heavy} /></div> : '–'}</td>
      <td data-name="Sandbox"><SandboxCell sandbox={agent.sandbox} /></td>
      <td data-name="Version"><code>{agent.version}</code></td>
    </tr>
  );
}

/** Runs of a weight in the slots for it. */
function Load({ name, taken, slots }: { name: string; taken: number; slots: number }) {
  if (slots === 0) return <span className="muted">no {name} runs</span>;
  const full = Math.min(1, taken / slots) * 100;
  return (
    <span className="agent-load">
      <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect className="agent-load-all" width="100" height="6" /><rect className="agent-load-taken" width={full} height="6" /></svg>
      <span>{taken} of {slots} {name}</span>
    </span>
  );
}

const LEVELS = { strict: ['strict', 'good'], standard: ['standard', 'fair'], none: ['none', 'bad'] } as const;

function SandboxCell({ sandbox }: { sandbox: Agent['sandbox'] }) {
  if (sandbox === null) return <span className="muted">not told</span>;
  const [word, mood] = sandbox.level === null ? ['refuses user code', 'bad'] as const : LEVELS[sandbox.level];
  // The level is said before already.
  const says = sandbox.says.replace(/^level \w+ \((.*)\)$/s, '$1').replace(/^level \w+: /, '');
  return <><span className={`agent-level agent-level-${mood}`}>{word}</span><div className="muted agent-says">{says}</div></>;
}
