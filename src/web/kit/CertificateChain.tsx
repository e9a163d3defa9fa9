/** The certificates that a server has shown, its own first: whose they are, who vouches for them, and for how long they are valid. */
import { LongText } from './LongText.tsx';
import { Facts } from './Section.tsx';
import { Moment } from './times.tsx';
import './CertificateChain.css';

/** As results show one (B.11). Times in ISO 8601. */
export interface ShownCertificate {
  subjectCN?: string; issuerCN?: string; notBefore?: string; notAfter?: string; keyAlgorithm?: string; keySizeBits?: number; signatureAlgorithm?: string;
  fingerprintSha256?: string; sans?: string[]; serialNumber?: string; selfSigned?: boolean; isCA?: boolean;
}

const DAY_MS = 86_400_000;
const daysOf = (days: number): string => `${days} ${days === 1 ? 'day' : 'days'}`;
const roleOf = ({ selfSigned, isCA }: ShownCertificate, index: number): string => (index === 0 ? 'the server’s own' : selfSigned ? 'root' : isCA ? 'intermediate' : 'certificate');
const keyOf = ({ keyAlgorithm, keySizeBits }: ShownCertificate): string => `${keyAlgorithm ?? 'unknown'}${keySizeBits ? ` ${keySizeBits} bits` : ''}`;

/** @param at when the check looked, in Unix ms @param missing the issuer that was not sent along */
export function CertificateChain({ chain, at, missing }: { chain: readonly ShownCertificate[]; at: number; missing: string | undefined }) {
  return (
    <ol className="chain">
      {chain.map((one, index) => (
        <li key={index}>
          <h3>{one.subjectCN || 'no common name'} <span className="muted">{roleOf(one, index)}</span></h3>
          <p className="chain-issuer muted">{one.selfSigned ? 'signed by itself' : <>issued by <strong>{one.issuerCN || 'an authority without a common name'}</strong></>}</p>
          <Validity of={one} at={at} />
          <Facts items={[
            ['Key', keyOf(one)], ['Signature', one.signatureAlgorithm], ['Names', one.sans && one.sans.length > 0 && <span className="mono"><LongText text={one.sans.join(', ')} /></span>],
            ['Serial number', one.serialNumber && <span className="mono">{one.serialNumber}</span>], ['SHA-256', one.fingerprintSha256 && <span className="mono">{one.fingerprintSha256}</span>],
          ]} />
        </li>
      ))}
      {missing !== undefined && <li className="chain-missing"><h3>{missing} <span className="mark-failed">missing</span></h3><p className="chain-issuer muted">The server has not sent it along, and it is not trusted by itself.</p></li>}
    </ol>
  );
}

/**
 * The time of validity as a bar, with the moment at which the check looked.
 * @param alertDays days before the end from which on the check warns, null for none
 */
export function Validity({ of: { notBefore, notAfter }, at, alertDays = null }: { of: ShownCertificate; at: number; alertDays?: number | null }) {
  const [from, to] = [Date.parse(notBefore ?? ''), Date.parse(notAfter ?? '')];
  if (!(to > from)) return null;
  const [start, end] = [Math.min(from, at), Math.max(to, at)];
  const place = (moment: number) => (100 * (Math.max(start, Math.min(end, moment)) - start)) / (end - start);
  const days = Math.floor((to - at) / DAY_MS);
  const overdue = Math.floor((at - to) / DAY_MS);
  const state = at < from ? 'early' : days < 0 ? 'over' : alertDays !== null && days < alertDays ? 'near' : 'good';
  const words = { early: 'not valid yet', over: overdue < 1 ? 'expired on the day of the check' : `expired ${daysOf(overdue)} before the check`, near: `${daysOf(days)} left`, good: `${daysOf(days)} left` }[state];
  return (
    <div className={`validity validity-${state}`}>
      <div className="validity-words"><span><Moment at={notBefore} /></span><strong>{words}</strong><span><Moment at={notAfter} /></span></div>
      <div className="validity-bar" aria-hidden="true">
        <span className="validity-span" style={{ left: `${place(from)}%`, width: `${place(to) - place(from)}%` }} />
        <span className="validity-used" style={{ left: `${place(from)}%`, width: `${Math.max(0, place(Math.min(at, to)) - place(from))}%` }} />
        {alertDays !== null && <span className="validity-alert" style={{ left: `${place(to - alertDays * DAY_MS)}%`, width: `${place(to) - place(to - alertDays * DAY_MS)}%` }} />}
        <span className="validity-now" style={{ left: `${place(at)}%` }} />
      </div>
    </div>
  );
}
