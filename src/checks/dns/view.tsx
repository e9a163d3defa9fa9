/** DNS checks: what was asked of whom, the code and the records of the answer, and the whole of it as `dig` prints it. */
import { Assertions, type Assertion } from '../../web/kit/Assertions.tsx';
import { BodyView } from '../../web/kit/BodyView.tsx';
import { DataTable } from '../../web/kit/DataTable.tsx';
import type { ResultViewProps } from '../../web/kit/detail.ts';
import { Fold } from '../../web/kit/Fold.tsx';
import { NoEvidence } from '../../web/kit/NoEvidence.tsx';
import { Problem } from '../../web/kit/Problem.tsx';
import { Remark } from '../../web/kit/Remark.tsx';
import { Facts, Section } from '../../web/kit/Section.tsx';
import { spanOf } from '../../web/kit/times.tsx';

interface DnsRecord { name: string; type: string; TTL: number; data: string }
interface DnsResponse { returnCode?: string; answer?: string; responseTime?: number; Answer?: DnsRecord[]; Question?: { name: string; type: string }[]; TC?: boolean; RD?: boolean; RA?: boolean; AD?: boolean; CD?: boolean }
/** What `checks/dns/probe.ts` records. */
interface DnsDetail {
  assertions?: Assertion[] | null;
  request?: { query?: string; recordType?: string; protocol?: string; nameServer?: string; port?: number } | null;
  nameServerInfo?: { name?: string; host: string; port: number };
  response?: DnsResponse | null; requestError?: string | null;
}

const CODES: Readonly<Record<string, string>> = {
  NOERROR: 'the question was answered', NXDOMAIN: 'the name does not exist', SERVFAIL: 'the server could not find the answer', REFUSED: 'the server does not answer this question',
  FORMERR: 'the server could not read the question', NOTIMP: 'the server does not know this kind of question', BADVERS: 'the server knows no such version of EDNS',
};
const FLAGS = [['TC', 'truncated'], ['RD', 'recursion desired'], ['RA', 'recursion available'], ['AD', 'authentic data'], ['CD', 'checking disabled']] as const;

export default function DnsView({ result, detail }: ResultViewProps) {
  const { assertions, request, nameServerInfo: server, response, requestError } = detail as DnsDetail;
  if (!request) return <NoEvidence result={result} />;
  return (
    <>
      <Problem result={result} message={requestError} />
      <Assertions list={assertions} />
      <Section title="Question">
        <Facts items={[
          ['Name', <span key="" className="mono">{request.query}</span>], ['Type', request.recordType], ['Over', request.protocol],
          ['Server', server ? <span className="mono">{server.host} port {server.port}{server.name && ` (${server.name})`}</span> : request.nameServer ? <span className="mono">{request.nameServer} port {request.port}</span> : 'the agent’s own'],
        ]} />
      </Section>
      {response && <Answer response={response} type={request.recordType} />}
    </>
  );
}

function Answer({ response, type }: { response: DnsResponse; type: string | undefined }) {
  const { returnCode = '', Answer: records = [], answer, responseTime } = response;
  const flags = FLAGS.filter(([flag]) => response[flag]);
  return (
    <Section title="Answer" note={<><code className={returnCode === 'NOERROR' ? 'mark-passed' : 'mark-failed'}><strong>{returnCode}</strong></code> {CODES[returnCode] && `${CODES[returnCode]} · `}{spanOf(responseTime)}</>}>
      {records.length === 0 ? <Remark>No records{returnCode === 'NOERROR' ? ` of the type ${type}: the name exists, and has none` : ''}.</Remark> : (
        <DataTable
          columns={[{ name: 'Name' }, { name: 'Type' }, { name: 'TTL', number: true }, { name: 'Data' }]}
          rows={records.map(({ name, type: kind, TTL, data }) => [<code key="" className="wrap">{name}</code>, kind, `${TTL} s`, <code key="" className="wrap">{data}</code>])}
        />
      )}
      {flags.length > 0 && <Remark>Flags: {flags.map(([flag, meaning]) => `${flag} (${meaning})`).join(', ')}</Remark>}
      {answer && <Fold title="The whole message"><BodyView label="The whole message" text={answer} contentType="as dig prints it" /></Fold>}
    </Section>
  );
}
