/** The view of check types that have none of their own: every key of what the run has left, simple ones as facts, the others as JSON. */
import { Assertions, type Assertion } from './Assertions.tsx';
import { BodyView } from './BodyView.tsx';
import type { ResultViewProps } from './detail.ts';
import { NoEvidence } from './NoEvidence.tsx';
import { Problem } from './Problem.tsx';
import { Facts, Section } from './Section.tsx';

/** Shown elsewhere: above, and by the page around the view. */
const APART: ReadonlySet<string> = new Set(['assertions', 'requestError', 'jobLog', 'jobAssets', 'pcapDataUrl']);
const LONG = 120;

/** `artifactManifest` -> `Artifact manifest`. */
const nameOf = (key: string): string => {
  const words = key.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
};

export default function PlainView({ result, detail }: ResultViewProps) {
  const assertions = Array.isArray(detail['assertions']) ? detail['assertions'] as Assertion[] : null;
  const requestError = typeof detail['requestError'] === 'string' ? detail['requestError'] : null;
  const rest = Object.entries(detail).filter(([key, value]) => !APART.has(key) && value !== null && value !== undefined && value !== '');
  if (rest.length === 0 && !assertions && !requestError) return <NoEvidence result={result} />;
  const isShort = (value: unknown) => typeof value !== 'object' && String(value).length <= LONG;
  const facts = rest.filter(([, value]) => isShort(value));
  return (
    <>
      <Problem result={result} message={requestError} />
      <Assertions list={assertions} />
      {facts.length > 0 && <Section title="What it says"><Facts items={facts.map(([key, value]) => [nameOf(key), String(value)])} /></Section>}
      {rest.filter(([, value]) => !isShort(value)).map(([key, value]) => (
        <Section key={key} title={nameOf(key)}><BodyView text={typeof value === 'string' ? value : JSON.stringify(value)} label={`${nameOf(key)}: content`} contentType={typeof value === 'string' ? 'text' : 'JSON'} /></Section>
      ))}
    </>
  );
}
