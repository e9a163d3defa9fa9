/** SSL checks: what is wrong, the assertions, how long the certificate is good, what was negotiated, the security baseline and the chain. */
import { Assertions, type Assertion } from '../../web/kit/Assertions.tsx';
import { CertificateChain, Validity, type ShownCertificate } from '../../web/kit/CertificateChain.tsx';
import type { ResultViewProps } from '../../web/kit/detail.ts';
import { Mark } from '../../web/kit/Mark.tsx';
import { NoEvidence } from '../../web/kit/NoEvidence.tsx';
import { Problem, type Fault } from '../../web/kit/Problem.tsx';
import { Remark } from '../../web/kit/Remark.tsx';
import { Facts, Section } from '../../web/kit/Section.tsx';
import { SecurityBaseline, type Baseline } from '../../web/kit/SecurityBaseline.tsx';
import { spanOf } from '../../web/kit/times.tsx';

interface SslRequest { hostname?: string; port?: number; ipFamily?: string; serverName?: string; skipChainValidation?: boolean; handshakeTimeoutMs?: number; alertDaysBeforeExpiry?: number; clientCertificateMode?: string }
interface SslResponse {
  resolvedIp?: string; protocol?: string; cipherSuite?: string; handshakeTimeMs?: number; hostnameVerified?: boolean; chainTrusted?: boolean; chainTrustDetail?: string; missingIntermediate?: string;
  daysUntilExpiry?: number; ocspStapled?: boolean; ocspStatus?: string; securityBaseline?: Baseline | null; certificate?: ShownCertificate | null; chain?: ShownCertificate[] | null; error?: Fault;
}
/** What `checks/ssl/probe.ts` records. */
interface SslDetail { assertions?: Assertion[] | null; request?: SslRequest | null; response?: SslResponse | null; requestError?: string | null; failureCategory?: string | null }

const FAILED_AT: Readonly<Record<string, string>> = {
  dns: 'The name could not be resolved', connect: 'No connection', timeout: 'Too late', handshake: 'The TLS handshake failed', hostname: 'The certificate is for another name', chain: 'The chain is not trusted',
};

export default function SslView({ result, detail }: ResultViewProps) {
  const { assertions, request, response, requestError, failureCategory } = detail as SslDetail;
  if (!request) return <NoEvidence result={result} />;
  const at = Date.parse(result.startedAt ?? result.created_at);
  return (
    <>
      <Problem result={result} message={requestError} fault={response?.error} title={FAILED_AT[failureCategory ?? '']} />
      <Assertions list={assertions} />
      {response?.certificate && <Certificate response={response} certificate={response.certificate} request={request} at={at} />}
      <Connection request={request} response={response ?? {}} />
      {response?.certificate && <SecurityBaseline baseline={response.securityBaseline ?? null} />}
      {response?.chain && response.chain.length > 0 && (
        <Section title="Chain" note={response.chain.length === 1 ? '1 certificate, as it was sent' : `${response.chain.length} certificates, as they were sent`}>
          <CertificateChain chain={response.chain} at={at} missing={response.missingIntermediate} />
        </Section>
      )}
    </>
  );
}

const YesNo = ({ yes, children }: { yes: boolean | undefined; children: string }) => <><Mark of={yes ? 'passed' : 'failed'} bare /> {children}</>;

function Certificate({ response, certificate, request, at }: { response: SslResponse; certificate: ShownCertificate; request: SslRequest; at: number }) {
  const { hostnameVerified, chainTrusted, chainTrustDetail, error } = response;
  const distrust = chainTrusted ? null : chainTrustDetail;
  return (
    <Section title="Certificate" note={<strong>{certificate.subjectCN}</strong>}>
      <Validity of={certificate} at={at} alertDays={request.alertDaysBeforeExpiry ?? null} />
      <Facts items={[
        ['Name', <YesNo key="" yes={hostnameVerified}>{`${hostnameVerified ? 'is for' : 'is not for'} ${request.serverName ?? request.hostname ?? ''}`}</YesNo>],
        ['Trust', <YesNo key="" yes={chainTrusted}>{chainTrusted ? 'the chain is trusted' : `the chain is not trusted${request.skipChainValidation ? ', which the check does not ask for' : ''}`}</YesNo>],
        ['Issuer', certificate.issuerCN], ['Warns', request.alertDaysBeforeExpiry && `from ${request.alertDaysBeforeExpiry} days before the end`],
      ]} />
      {distrust && distrust !== error?.message && <Remark>{distrust}</Remark>}
    </Section>
  );
}

function Connection({ request, response }: { request: SslRequest; response: SslResponse }) {
  const { hostname, port, serverName, ipFamily, clientCertificateMode } = request;
  const { resolvedIp, protocol, cipherSuite, handshakeTimeMs, ocspStapled, ocspStatus } = response;
  return (
    <Section title="Connection">
      <Facts items={[
        ['Host', <span key="" className="mono">{hostname} port {port}</span>], ['Asked for', serverName !== hostname && <span className="mono">{serverName}</span>], ['Address', resolvedIp && <span className="mono">{resolvedIp}</span>], ['Family', ipFamily],
        ['Protocol', protocol && <strong>{protocol}</strong>], ['Cipher suite', cipherSuite && <span className="mono">{cipherSuite}</span>], ['Handshake', handshakeTimeMs === undefined ? null : spanOf(handshakeTimeMs)],
        ['OCSP', ocspStapled === undefined ? null : ocspStapled ? `stapled: ${ocspStatus ?? 'unknown'}` : 'no staple'], ['Client certificate', clientCertificateMode],
      ]} />
    </Section>
  );
}
