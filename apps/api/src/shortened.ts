/** The beginning of a text that fits, in whole characters. What is no text (half a character) is replaced: headers can't carry it. */
export function shortened(text: string, bytes: number): string {
  const encoded = Buffer.from(text);
  if (encoded.length <= bytes) return encoded.toString();
  const kept = encoded.subarray(0, bytes - ELLIPSIS_BYTES).toString();
  return `${kept.replace(/\ufffd+$/, '')}…`;
}

const ELLIPSIS_BYTES = 3;
