/** The `Authorization` value for the user and password inside a URL; null when it has no user. */
export function basicAuthorization(url: URL): string | null {
  if (url.username === '') return null;
  return basic(unescaped(url.username), unescaped(url.password));
}

/** The value of an `Authorization` header of the Basic scheme, in UTF-8. */
export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a lone percent sign stands for itself
  }
}
