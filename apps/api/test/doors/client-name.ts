/** Who asks: by what they may do, or why they may nothing. */
export type ClientName =
  'full' | 'none' | 'nonsense' | 'disabled' | 'rotated' | 'nothing' | 'reader' | 'narrow' | 'other' | 'suspended';
