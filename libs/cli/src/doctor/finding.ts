/** One thing that was looked at. A fault keeps the client from working; `mend` says what to do about it. */
export type Finding =
  | { readonly kind: 'fine' | 'hint'; readonly text: string }
  | { readonly kind: 'fault'; readonly text: string; readonly mend: string };

export const fine = (text: string): Finding => ({ kind: 'fine', text });

export const hint = (text: string): Finding => ({ kind: 'hint', text });

export const fault = (text: string, mend: string): Finding => ({ kind: 'fault', text, mend });
