import type { SeededRandom } from './random.js';

const MONTHS = ['January', 'March', 'June', 'August', 'October', 'November'] as const;
const DAYS = ['Monday', 'Tuesday', 'Thursday', 'Friday'] as const;
const PLANS = ['Starter', 'Business', 'Enterprise'] as const;
const BROWSERS = ['Chrome 131', 'Firefox 132', 'Safari 18', 'Edge 131'] as const;

/** A function that replaces the `{…}` of a conversation's texts, with the same values throughout that conversation. */
export function fillIn(random: SeededRandom, company: string): (text: string) => string {
  const values: Readonly<Record<string, string>> = {
    month: random.pick(MONTHS),
    day: random.pick(DAYS),
    plan: random.pick(PLANS),
    browser: random.pick(BROWSERS),
    amount: `€${random.int(29, 990)}.00`,
    invoice: `NW-2026-${random.int(10_000, 99_999)}`,
    order: String(random.int(100_000, 999_999)),
    count: String(random.int(12, 480)),
    company: escapeHtml(company),
  };
  return (text) => text.replaceAll(/\{([a-z]+)\}/g, (whole, name: string) => values[name] ?? whole);
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
