/** API and URL checks: why there is no answer, the assertions, where the time went, the answer and what was asked. */
import { Assertions, type Assertion } from '../../web/kit/Assertions.tsx';
import { BodyView } from '../../web/kit/BodyView.tsx';
import { Code } from '../../web/kit/Code.tsx';
import { CopyButton } from '../../web/kit/CopyButton.tsx';
import { curlOf, type ShownRequest } from '../../web/kit/curlOf.ts';
import type { ResultViewProps } from '../../web/kit/detail.ts';
import { hopsOf, receivedBytes, type PhasedLog } from '../../web/kit/exchangeLog.ts';
import { Fold } from '../../web/kit/Fold.tsx';
import { HeaderTable } from '../../web/kit/HeaderTable.tsx';
import { bytesOf } from '../../web/kit/hexDumpOf.ts';
import { NoEvidence } from '../../web/kit/NoEvidence.tsx';
import { httpTimeline, type HttpTimes } from '../../web/kit/phasesOf.ts';
import { Problem } from '../../web/kit/Problem.tsx';
import { ScriptLogs } from '../../web/kit/ScriptLogs.tsx';
import { Remark } from '../../web/kit/Remark.tsx';
import { Facts, Section } from '../../web/kit/Section.tsx';
import { StatusCode } from '../../web/kit/StatusCode.tsx';
import { Waterfall } from '../../web/kit/Waterfall.tsx';

type Headers = Readonly<Record<string, string>>;
type HttpRequest = Partial<ShownRequest> & { params?: Headers };
interface HttpResponse extends HttpTimes { status?: number; statusText?: string; headers?: Headers; body?: string; bodyEncoding?: string; truncated?: boolean; href?: string }
/** What `checks/kit/http.ts` records; of a run that ended early, parts of it. */
interface HttpDetail { assertions?: Assertion[] | null; request?: HttpRequest | null; response?: HttpResponse | null; requestError?: string | null; scriptError?: string | null; jobLog?: PhasedLog | null }

export default function HttpView({ result, detail }: ResultViewProps) {
  const { assertions, request, response, requestError, scriptError, jobLog } = detail as HttpDetail;
  if (!request && !response && !assertions && !requestError) return <NoEvidence result={result} />;
  const timeline = response ? httpTimeline(response, /^https:/i.test(response.href ?? '')) : null;
  return (
    <>
      <Problem result={result} message={requestError} />
      <Problem result={result} message={scriptError} title="A teardown script failed" />
      <Assertions list={assertions} />
      {timeline && <Section title="Timing"><Waterfall {...timeline} /></Section>}
      {response && <Response response={response} from={request?.url} log={jobLog} />}
      {request && <Request request={request} followed={response?.href !== undefined && response.href !== request.url} open={!response} />}
      <ScriptLogs log={jobLog} failed={Boolean(scriptError) || (!request && Boolean(requestError))} />
    </>
  );
}

function Response({ response, from, log }: { response: HttpResponse; from: string | undefined; log: PhasedLog | null | undefined }) {
  const { status, statusText, headers = {}, body = '', bodyEncoding, truncated, href } = response;
  const pairs = Object.entries(headers);
  const hops = hopsOf(log);
  return (
    <Section title="Response" note={<StatusCode status={status} text={statusText} />}>
      {href !== undefined && href !== from && <Redirects hops={hops} from={from} href={href} />}
      <BodyView text={body} label="Response body" contentType={headers['content-type']} encoding={bodyEncoding} truncated={truncated} wholeBytes={receivedBytes(log)} />
      {truncated && <Remark>The assertions saw all that was read of it.</Remark>}
      <Fold title="Headers" note={pairs.length} open><HeaderTable label="Response headers" pairs={pairs} /></Fold>
    </Section>
  );
}

/** The way to the answer; its hops are known from the job log alone. */
function Redirects({ hops, from, href }: { hops: ReturnType<typeof hopsOf>; from: string | undefined; href: string }) {
  if (hops.length === 0) return <Facts items={[['Answered by', <span key="" className="mono wrap">{href}</span>]]} />;
  return (
    <div className="redirects">
      <h3>{hops.length === 1 ? 'One redirect' : `${hops.length} redirects`}</h3>
      <ol>
        <li><code className="wrap">{from}</code></li>
        {hops.map(({ status, method, url }, index) => <li key={index}><StatusCode status={status} /> {method} <code className="wrap">{url}</code></li>)}
      </ol>
    </div>
  );
}

function Request({ request, followed, open }: { request: HttpRequest; followed: boolean; open: boolean }) {
  const { method = '', url = '', data = '', headers = {}, params = {} } = request;
  const length = Number(Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-length')?.[1]);
  const cut = length > bytesOf(data).length;
  const { command, notes } = curlOf({ method, url, data, headers }, { followed, cut });
  const contentType = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1];
  return (
    <Section title="Request" actions={url !== '' && <CopyButton label="Copy as curl" text={command} />}>
      <p className="request-line"><strong>{method}</strong> <code className="wrap">{url}</code></p>
      {notes.length > 0 && url !== '' && <Remark>About the curl command: {notes.join(' ')}</Remark>}
      {Object.keys(params).length > 0 && <Fold title="Query parameters" note={Object.keys(params).length} open><HeaderTable label="Query parameters" pairs={Object.entries(params)} /></Fold>}
      {Object.keys(headers).length > 0 && <Fold title="Headers" note={Object.keys(headers).length} open={open}><HeaderTable label="Request headers" pairs={Object.entries(headers)} /></Fold>}
      {data !== '' && <Fold title="Body" open><BodyView text={data} label="Request body" contentType={contentType} truncated={cut} wholeBytes={cut ? length : null} /></Fold>}
      {url !== '' && <Fold title="As curl"><Code label="The request as a curl command" text={command} copy={false} /></Fold>}
    </Section>
  );
}
