/** API and URL checks: assertions, the exchange, where the time went. */
import { Assertions, type Assertion } from '../../web/kit/Assertions.tsx';
import { Code } from '../../web/kit/Code.tsx';
import type { ResultViewProps } from '../../web/kit/detail.ts';
import { Section } from '../../web/kit/Section.tsx';

export default function HttpView({ detail }: ResultViewProps) {
  const assertions = (detail['assertions'] ?? []) as Assertion[];
  const requestError = detail['requestError'] as string | null | undefined;
  return (
    <>
      {requestError && <p className="reason" role="note">{requestError}</p>}
      {assertions.length > 0 && <Section title="Assertions"><Assertions list={assertions} judged={!requestError} /></Section>}
      <Section title="Request"><Code label="Request" text={JSON.stringify(detail['request'] ?? null, null, 2)} /></Section>
      <Section title="Response"><Code label="Response" text={JSON.stringify(detail['response'] ?? null, null, 2)} /></Section>
    </>
  );
}
