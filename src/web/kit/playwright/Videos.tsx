/** Videos, with the steps of the test on their time line: pressed, each shows the moment at which it ended. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState, type MouseEvent } from 'react';
import type { TestSessionResult } from '../../../contract/results.ts';
import { isAddressOf, ownPath, resultFilesQuery } from '../resultFiles.ts';
import { Section } from '../Section.tsx';
import { failedFirst, markersOf, tryOfFile, type Marker } from './markers.ts';
import type { Step } from './report.ts';
import type { Ran } from './useReport.ts';

/** So many are shown at once, of tests that failed; of a run where none did, one. */
const FIRST = 3;

/** @param addresses signed ones, as the result has them. @param moments of each video; older results have none, and the job log tells some. */
export function Videos({ result, addresses, ran, moments }: { result: TestSessionResult; addresses: readonly string[]; ran: Ran; moments: readonly Moments[] }) {
  const files = useQuery(resultFilesQuery(result));
  if (addresses.length === 0) return null;
  const nameOf = (address: string) => files.data?.find((file) => isAddressOf(address, file))?.name ?? '';
  const [failed, others] = failedFirst(ran.suites, addresses, nameOf);
  const first = Math.max(1, Math.min(FIRST, failed.length));
  const videos = [...failed, ...others]
    .map((address) => <Video key={address} src={ownPath(address)} name={nameOf(address)} ran={ran} only={addresses.length === 1} told={momentsIn(moments, nameOf(address))} />);
  return (
    <Section title={videos.length === 1 ? 'Video' : 'Videos'} note={videos.length > 1 ? String(videos.length) : undefined}>
      <div className="pw-videos">{videos.slice(0, first)}</div>
      {videos.length > first && <details className="pw-more"><summary>{videos.length - first} more</summary><div className="pw-videos">{videos.slice(first)}</div></details>}
    </Section>
  );
}

interface Moments { video: string; steps: readonly Step[] }
const momentsIn = (all: readonly Moments[], name: string): readonly Step[] => all.find(({ video }) => name !== '' && video === name)?.steps ?? [];

const minutes = (seconds: number): string => `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(1).padStart(4, '0')}`;

function Video({ src, name, ran, only, told }: { src: string; name: string; ran: Ran; only: boolean; told: readonly Step[] }) {
  const video = useRef<HTMLVideoElement>(null);
  const [seconds, setSeconds] = useState(0);
  const [at, setAt] = useState(0);
  const found = tryOfFile(ran.suites, name, only);
  const markers = seconds > 0 ? markersOf(found, told.length > 0 ? told : found?.one.steps ?? ran.loose, seconds) : [];
  const [picked, setPicked] = useState<number | null>(null);
  const seek = (index: number, to: number | undefined) => {
    if (!video.current || to === undefined) return;
    video.current.currentTime = to;
    setAt(to);
    setPicked(index);
  };
  // Before anybody touches it, it shows what a reader of a red result looks for.
  const fault = markers.findIndex(({ failed }) => failed);
  const faultAt = markers[fault]?.at;
  useEffect(() => seek(fault, faultAt), [fault, faultAt]);
  const press = ({ clientX, currentTarget }: MouseEvent<HTMLElement>) => {
    const { left, width } = currentTarget.getBoundingClientRect();
    const index = nearest(markers, seconds * (clientX - left) / width);
    seek(index, markers[index]?.at);
  };
  // Several may end at one moment: the one that was chosen is meant.
  const isPicked = picked !== null && Math.abs((markers[picked]?.at ?? -1) - at) < 0.05;
  const current = isPicked ? picked : markers.findLastIndex((marker) => marker.at <= at + 0.05);
  // Scripts without tests have names that nobody gave.
  const title = found ? `${found.titles.join(' › ')}${found.one.retry > 0 ? ` (retry ${found.one.retry})` : ''}` : name.replace(/^page@.*$/, 'The page of the script');
  const measure = ({ currentTarget: { duration } }: { currentTarget: HTMLVideoElement }) => setSeconds(Number.isFinite(duration) ? duration : 0);
  // It loads as soon as it is made, which may be before it is in the page and its events are heard.
  useEffect(() => { if (video.current && video.current.readyState > 0) measure({ currentTarget: video.current }); }, []);
  return (
    <figure className="pw-video">
      <video ref={video} src={src} controls muted preload="metadata" aria-label={`Video ${title}`}
        onLoadedMetadata={measure} onDurationChange={measure} onTimeUpdate={({ currentTarget }) => setAt(currentTarget.currentTime)} />
      <div className="pw-beside">
        {markers.length > 0 && (
          <div className="pw-line" aria-hidden="true" onClick={press}>
            {markers.map((marker, i) => <span key={i} className={marker.failed ? 'pw-mark pw-mark-bad' : 'pw-mark'} style={{ left: `${100 * marker.at / seconds}%` }} />)}
            <span className="pw-head" style={{ left: `${seconds > 0 ? 100 * at / seconds : 0}%` }} />
          </div>
        )}
        <figcaption className="wrap">{title}</figcaption>
        {markers.length > 0 && (
          <ol className="pw-markers" aria-label={`Moments in the video ${title}`} tabIndex={0}>
            {markers.map((marker, i) => (
              <li key={i}>
                <button type="button" className={marker.failed ? 'pw-bad' : undefined} aria-current={i === current ? 'true' : undefined} onClick={() => seek(i, marker.at)}>
                  <span className="number">{minutes(marker.at)}</span><span className="clip">{marker.failed && <span aria-hidden="true">✕ </span>}{marker.title}{marker.failed && <span className="visually-hidden"> failed</span>}</span>
                </button>
              </li>
            ))}
          </ol>
        )}
      </div>
    </figure>
  );
}

/** The marker beside that moment. */
const nearest = (markers: readonly Marker[], seconds: number): number =>
  markers.reduce((best, { at }, i) => (Math.abs(at - seconds) < Math.abs((markers[best]?.at ?? 0) - seconds) ? i : best), 0);
