import { createHash } from 'node:crypto';
import { OUTCOMES, type Outcome } from './outcomes.js';
import { CONTENT_SECURITY_POLICY, renderPage } from './page.js';

const NONE = { reference: null, connected: null };
const every = Object.entries(OUTCOMES) as [Outcome, (typeof OUTCOMES)[Outcome]][];

describe('connect pages', () => {
  it.each(every)('says for %s what happened, whether anything changed, and what to do next', (_, text) => {
    const page = renderPage(text, NONE);
    for (const part of [text.title, text.happened, text.changed, text.next]) {
      expect(part.length).toBeGreaterThan(5);
      expect(page).toContain(part.replaceAll("'", '&#39;'));
    }
    expect(page).toContain('<html lang="en">');
    expect(page.match(/<h1>/g)).toHaveLength(1);
  });

  it('answers with a status that fits, 200 only when an account is connected', () => {
    for (const [outcome, { status }] of every)
      expect([outcome, outcome === 'connected' ? status === 200 : status >= 400]).toEqual([outcome, true]);
  });

  it('allows exactly the style sheet that it brings', () => {
    const style = /<style>([\s\S]*)<\/style>/.exec(renderPage(OUTCOMES.connected, NONE))?.[1] ?? '';
    expect(CONTENT_SECURITY_POLICY).toContain(`'sha256-${createHash('sha256').update(style).digest('base64')}'`);
  });

  it('loads, runs and sends nothing', () => {
    for (const [, text] of every)
      expect(renderPage(text, NONE)).not.toMatch(/<(script|img|link|form|iframe)|src=|url\(|href=/);
  });

  it('escapes whatever it is given', () => {
    const page = renderPage(OUTCOMES.connected, {
      reference: '<b>"r"</b>',
      connected: { provider: `<i>'p'</i>`, label: '&<script>', identifier: '<u>', tenantName: '"t"' },
    });
    expect(page).toContain('&lt;b&gt;&quot;r&quot;&lt;/b&gt;');
    expect(page).toContain('&lt;i&gt;&#39;p&#39;&lt;/i&gt;: &amp;&lt;script&gt;');
    expect(page).toContain('<bdi>&lt;u&gt;</bdi></b> at <b><bdi>&quot;t&quot;</bdi>');
  });

  it.each(['light', 'dark'])('has enough contrast to be read in the %s scheme', (scheme) => {
    const style = /<style>([\s\S]*)<\/style>/.exec(renderPage(OUTCOMES.connected, NONE))?.[1] ?? '';
    const palette = [...style.matchAll(/:root\{([^}]*)\}/g)][scheme === 'light' ? 0 : 1]?.[1] ?? '';
    const colour = (name: string): number =>
      luminance(new RegExp(`--${name}:(#[0-9a-f]{3,6})`).exec(palette)?.[1] ?? '');
    for (const name of ['text', 'muted']) expect(contrast(colour(name), colour('card'))).toBeGreaterThanOrEqual(4.5);
  });
});

/** WCAG 2: relative luminance, and the ratio of two. */
function luminance(hex: string): number {
  const full = hex.length === 4 ? hex.replace(/[0-9a-f]/g, '$&$&') : hex;
  const digits = full.slice(1).match(/../g) ?? [];
  const [r = 0, g = 0, b = 0] = digits.map((pair) => {
    const value = parseInt(pair, 16) / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

const contrast = (a: number, b: number): number => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
