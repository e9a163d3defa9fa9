/** Output of the commands: answers on standard output, everything else on standard error. */

export const print = (text: string): void => { process.stdout.write(`${text}\n`); };
export const complain = (text: string): void => { process.stderr.write(`${text}\n`); };
export const printJson = (value: unknown): void => print(JSON.stringify(value));

/** Rows in columns of equal width. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  for (const row of all) print(row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd());
}
