/** A body as it was stored: JSON laid out, anything else as its text; never rendered as what it claims to be, but for small pictures. */
import { useMemo, useState, type ReactNode } from 'react';
import { CopyButton } from './CopyButton.tsx';
import { formatJson, jsonParts } from './formatJson.ts';
import { bytesOf } from './hexDumpOf.ts';
import { Remark } from './Remark.tsx';
import { sizeOf } from './sizes.ts';
import { TextBlocks } from './TextBlocks.tsx';
import './BodyView.css';

export interface BodyProps {
  text: string;
  label: string;
  contentType?: string | undefined;
  /** `base64` for pictures. */
  encoding?: string | undefined;
  /** More was sent than is stored. */
  truncated?: boolean | undefined;
  /** Bytes of the whole body; null or undefined where nobody knows. */
  wholeBytes?: number | null | undefined;
}

/** What stands in the place of a body of a binary type. */
const NOT_STORED = /^\[([\w.+/-]+) of (more than )?(\d+) bytes: not stored\]$/;
/** Pictures that are only ever pixels. */
const RASTER = /^image\/(png|jpeg|gif|webp|avif|apng|bmp|x-icon|vnd\.microsoft\.icon)$/;

export function BodyView({ text, label, contentType, encoding, truncated = false, wholeBytes }: BodyProps) {
  const [raw, setRaw] = useState(false);
  const formatted = useMemo(() => formatJson(text, truncated && /json/i.test(contentType ?? '')), [text, truncated, contentType]);
  if (text === '') return <Remark>No body.</Remark>;
  const media = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const replaced = NOT_STORED.exec(text);
  if (replaced) return <Remark>{replaced[2] ? 'More than ' : ''}{sizeOf(Number(replaced[3]))} of {replaced[1]}: binary bodies are not stored.</Remark>;
  if (encoding === 'base64') return <Picture text={text} media={media} label={label} />;
  const stored = bytesOf(text).length;
  const showsJson = formatted !== null && !raw;
  return (
    <div className="body">
      <div className="body-bar">
        <span className="muted">{contentType ?? 'no content type'} · {truncated ? `${sizeOf(stored)}${wholeBytes ? ` of ${sizeOf(wholeBytes)}` : ''} stored` : sizeOf(wholeBytes ?? stored)}</span>
        {formatted !== null && <Choice raw={raw} choose={setRaw} label={label} />}
        <CopyButton text={() => (showsJson ? formatted : text)} />
      </div>
      <TextBlocks key={String(raw)} text={showsJson ? formatted : text} label={label} paint={showsJson ? painted : undefined} />
      {truncated && <p className="body-cut">The body goes on: only its first {sizeOf(stored)} {wholeBytes ? `of ${sizeOf(wholeBytes)} ` : ''}are stored.</p>}
    </div>
  );
}

function Choice({ raw, choose, label }: { raw: boolean; choose(raw: boolean): void; label: string }) {
  return (
    <span className="choice" role="group" aria-label={`How to show: ${label}`}>
      <button type="button" aria-pressed={!raw} onClick={() => choose(false)}>Pretty</button><button type="button" aria-pressed={raw} onClick={() => choose(true)}>Raw</button>
    </span>
  );
}

const painted = (block: string): ReactNode => jsonParts(block).map(([kind, part], index) => (kind === 'sign' ? part : <span key={index} className={`json-${kind}`}>{part}</span>));

function Picture({ text, media, label }: { text: string; media: string; label: string }) {
  const bytes = Math.floor((text.length * 3) / 4);
  if (!RASTER.test(media)) return <TextBlocks text={text} label={`${label}, in base64`} />;
  return <figure className="body-picture"><img src={`data:${media};base64,${text}`} alt={`${label}: a picture of the type ${media}`} /><figcaption className="muted">{media} · {sizeOf(bytes)}</figcaption></figure>;
}
