/** Globs of the asset filter (G.3): `*` any run of characters, `?` any one; case-insensitive; no braces, no classes. Linear in practice, never recursive. */
export function matchGlob(pattern: string, text: string): boolean {
  const [glob, name] = [pattern.toLowerCase(), text.toLowerCase()];
  let [g, n, star, resume] = [0, 0, -1, 0];
  while (n < name.length) {
    if (glob[g] === '*') {
      star = g++;
      resume = n;
    } else if (glob[g] === '?' || glob[g] === name[n]) {
      g++;
      n++;
    } else if (star >= 0) {
      g = star + 1;
      n = ++resume;
    } else return false;
  }
  while (glob[g] === '*') g++;
  return g === glob.length;
}
