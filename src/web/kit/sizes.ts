/** Bytes as people read them. */

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];

/** `0 B`, `999 B`, `1.2 MB`: in steps of 1000. */
export function sizeOf(bytes: number): string {
  const unit = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${(bytes / 1000 ** unit).toFixed(unit === 0 ? 0 : 1)} ${UNITS[unit]}`;
}
