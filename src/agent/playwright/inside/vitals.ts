/**
 * Measures web vitals in a page (C.8), by the public definitions: LCP, FCP, CLS (largest session window), TTFB, TBT (long tasks after
 * FCP), INP (the slowest interaction, one in fifty left out). A text, because it runs in the page and not here; BINDING is filled in.
 */
export const VITALS_SCRIPT = String.raw`(() => {
  if (window.top !== window) return;
  const send = globalThis.BINDING;
  try { delete globalThis.BINDING; } catch {}
  if (typeof send !== 'function' || !/^(https?|file|data):$/.test(location.protocol) || typeof PerformanceObserver !== 'function') return;
  const [later, nextFrame] = [setTimeout.bind(window), requestAnimationFrame.bind(window)];
  const begun = performance.timeOrigin + performance.now();
  const visits = [];
  const begin = (soft) => { visits.push({ id: begun + '.' + visits.length, url: location.href, soft, vitals: {} }); };
  begin(false);
  const current = () => visits[visits.length - 1];
  const first = visits[0].vitals;
  let timer = null;
  const say = () => {
    timer = null;
    for (const visit of visits.slice(-2)) { try { send(visit); } catch {} }
  };
  const soon = () => { timer ??= later(say, 50); };
  const observers = [];
  const observe = (type, each, more) => {
    try {
      const handle = (entries) => { for (const entry of entries) each(entry); soon(); };
      const observer = new PerformanceObserver((list) => handle(list.getEntries()));
      observer.observe({ type, buffered: true, ...more });
      observers.push(() => handle(observer.takeRecords()));
      return true;
    } catch { return false; }
  };
  observe('paint', (entry) => { if (entry.name === 'first-contentful-paint') first.FCP = entry.startTime; });
  let interacted = false;
  for (const type of ['keydown', 'click']) addEventListener(type, (event) => { if (event.isTrusted) interacted = true; }, { capture: true, once: true });
  observe('largest-contentful-paint', (entry) => { if (!interacted) first.LCP = entry.startTime; });
  let [windowSum, windowStart, windowEnd] = [0, 0, 0];
  if (observe('layout-shift', (entry) => {
    if (entry.hadRecentInput) return;
    const goesOn = windowSum > 0 && entry.startTime - windowEnd < 1000 && entry.startTime - windowStart < 5000;
    if (!goesOn) [windowSum, windowStart] = [0, entry.startTime];
    [windowSum, windowEnd] = [windowSum + entry.value, entry.startTime];
    first.CLS = Math.max(first.CLS ?? 0, windowSum);
  })) first.CLS = 0;
  const tasks = [];
  const blocking = () => tasks.filter((task) => task.startTime >= (first.FCP ?? Infinity)).reduce((sum, task) => sum + task.duration - 50, 0);
  const longTasks = observe('longtask', (entry) => { tasks.push(entry); });
  const slowest = new Map();
  observe('event', (entry) => {
    if (!entry.interactionId) return;
    const visit = current();
    const durations = slowest.get(visit) ?? new Map();
    slowest.set(visit, durations);
    durations.set(entry.interactionId, Math.max(durations.get(entry.interactionId) ?? 0, entry.duration));
    const sorted = [...durations.values()].sort((a, b) => b - a);
    visit.vitals.INP = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length / 50))];
  }, { durationThreshold: 16 });
  const navigated = () => {
    const [entry] = performance.getEntriesByType('navigation');
    if (entry && entry.responseStart > 0) first.TTFB = entry.responseStart;
  };
  const summed = () => {
    for (const take of observers) take();
    navigated();
    if (longTasks && first.FCP !== undefined) first.TBT = blocking();
    return visits;
  };
  const bare = (url) => url.split('#')[0];
  try {
    navigation.addEventListener('currententrychange', () => {
      if (bare(location.href) === bare(current().url)) return;
      summed();
      begin(true);
      soon();
    });
  } catch {}
  addEventListener('visibilitychange', () => { summed(); say(); }, { capture: true });
  addEventListener('pagehide', () => { summed(); say(); }, { capture: true });
  addEventListener('load', () => { summed(); soon(); }, { capture: true, once: true });
  Object.defineProperty(globalThis, Symbol.for('BINDING'), {
    configurable: true,
    value: async () => {
      summed();
      // What has been painted is told with the frame after it.
      if (first.FCP === undefined && document.readyState === 'complete') {
        await new Promise((resolve) => { nextFrame(() => nextFrame(() => later(resolve, 0))); later(resolve, 100); });
        summed();
      }
      return visits.slice(-20);
    },
  });
  navigated();
  soon();
})()`;
