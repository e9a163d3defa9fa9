/**
 * A long text in a frame that scrolls, which freezes no page: it is laid out in blocks as they come into sight, and of a very long one
 * the beginning is shown until the rest is asked for. Shown as text whatever it contains.
 */
import { useMemo, useState, type ReactNode } from 'react';
import { sizeOf } from './sizes.ts';
import './TextBlocks.css';

/** Characters that are shown unasked, and lines of one block. */
const SHOWN = 100_000;
const BLOCK_LINES = 80;
/** A line without a break is cut into pieces of so many characters, which lie beside each other all the same. */
const PIECE = 8_000;

interface TextBlocksProps {
  text: string;
  /** What it is, read out. */
  label: string;
  /** Colours a block; only for texts that are shown whole at once. */
  paint?: ((block: string) => ReactNode) | undefined;
  /** Lines keep their length and the frame scrolls sideways. */
  unwrapped?: boolean;
}

export function TextBlocks({ text, label, paint, unwrapped = false }: TextBlocksProps) {
  const [all, setAll] = useState(false);
  const shown = all || text.length <= SHOWN ? text : beginningOf(text);
  const blocks = useMemo(() => blocksOf(shown), [shown]);
  const rest = text.length - shown.length;
  return (
    <div className="blocks">
      <pre tabIndex={0} role="region" aria-label={label} className={unwrapped ? 'blocks-unwrapped' : undefined}>
        {blocks.map((block, index) => <span key={index} className={standsAlone(blocks, index) ? 'block' : undefined}>{paint && text.length <= SHOWN ? paint(block) : block}</span>)}
      </pre>
      {rest > 0 && <button type="button" className="button button-small" onClick={() => setAll(true)}>Show the other {sizeOf(rest)}</button>}
    </div>
  );
}

/** Up to a line's end, where there is one near. */
function beginningOf(text: string): string {
  const end = text.lastIndexOf('\n', SHOWN);
  return text.slice(0, end > SHOWN / 2 ? end : SHOWN);
}

/** Whether a block is whole lines, so that it can be laid out by itself; a text of one block is not worth it. */
const standsAlone = (blocks: readonly string[], index: number): boolean =>
  blocks.length > 1 && (blocks[index]?.endsWith('\n') ?? false) && (index === 0 || (blocks[index - 1]?.endsWith('\n') ?? false));

/** Put together again they are the text. */
function blocksOf(text: string): string[] {
  const blocks: string[] = [];
  let at = 0;
  let lines = 0;
  for (let next = 0; next < text.length;) {
    const found = text.indexOf('\n', next);
    next = found < 0 ? text.length : found + 1;
    lines += 1;
    if (lines < BLOCK_LINES && next - at < PIECE && next < text.length) continue;
    for (; next - at > 2 * PIECE; at += PIECE) blocks.push(text.slice(at, at + PIECE));
    blocks.push(text.slice(at, next));
    [at, lines] = [next, 0];
  }
  return blocks;
}
