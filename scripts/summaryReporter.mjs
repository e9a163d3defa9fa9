// A reporter for `node --test` that writes the counts of the whole run as JSON, so that nobody has to read them from text.
export default async function* summaryReporter(events) {
  for await (const { type, data } of events) {
    // A summary with a file belongs to that file alone; the last one is everybody's.
    if (type !== 'test:summary' || data.file !== undefined) continue;
    const { passed, failed, cancelled, skipped } = data.counts;
    yield JSON.stringify({ passed, failed: failed + cancelled, skipped });
  }
}
