/** A status of HTTP as a badge; the number says what its colour says. */
import './StatusCode.css';

const kindOf = (status: number): string => (status >= 500 ? 'failed' : status >= 400 ? 'degraded' : status >= 300 ? 'running' : 'passed');

export function StatusCode({ status, text }: { status: number | undefined; text?: string | undefined }) {
  if (status === undefined) return null;
  return <span className={`status-code mark-${kindOf(status)}`}>{status}{text && ` ${text}`}</span>;
}
