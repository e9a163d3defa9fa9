/** `text`, or its beginning and an ellipsis: where a text was cut, the agent looks for the beginning of a secret. @param longest in characters, the ellipsis not counted. */
export const cutText = (text: string, longest: number): string => (text.length > longest ? `${text.slice(0, longest)}…` : text);
