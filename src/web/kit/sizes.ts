/** Sizes as people read them: `0 bytes`, `812 bytes`, `3.4 KB`, `256 KB`, `1.2 MB`. A KB has 1,024 bytes. */
export function sizeOf(bytes: number): string {
  if (bytes < 1_024) return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;
  const [amount, unit] = bytes < 1_024 ** 2 ? [bytes / 1_024, 'KB'] : bytes < 1_024 ** 3 ? [bytes / 1_024 ** 2, 'MB'] : [bytes / 1_024 ** 3, 'GB'];
  return `${amount < 10 ? Number(amount.toFixed(1)) : Math.round(amount)} ${unit}`;
}
