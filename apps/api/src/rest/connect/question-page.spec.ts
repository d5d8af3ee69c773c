import { createHash } from 'node:crypto';
import { FORM_PAGE_POLICY } from './page.js';
import { renderDeparture, renderQuestion } from './question-page.js';

const QUESTION = {
  identifier: 'user_1',
  organizationId: '',
  tenantName: 'Acme',
  provider: 'Toy',
  host: 'login.toy.example',
  proof: 'p'.repeat(43),
};

describe('the page that asks whose account is being connected', () => {
  it('names provider, user and tenant, and offers both answers', () => {
    const page = renderQuestion(QUESTION);
    const text = page.replace(/<[^>]*>/g, '');
    expect(text).toContain('You are about to connect your account at Toy for user_1 at Acme. Is this you?');
    expect(text).toContain('You will sign in at login.toy.example.');
    expect(page.match(/<button[^>]*>[^<]*/g)).toEqual([
      '<button name="decision" value="continue">Continue',
      '<button class="second" name="decision" value="decline">Not me',
    ]);
    expect(page).toContain('<html lang="en">');
    expect(page.match(/<h1>/g)).toHaveLength(1);
    expect(renderQuestion({ ...QUESTION, organizationId: 'org_7' }).replace(/<[^>]*>/g, '')).toContain(
      'user_1 of org_7',
    );
  });

  it('escapes every name, and lets none turn the sentence around it', () => {
    const page = renderQuestion({
      identifier: '<b>"i"',
      organizationId: '<o>',
      tenantName: '<script>',
      provider: '<img src=x>',
      host: '<h>',
      proof: '"><script>',
    });
    expect(page).not.toMatch(/<script|<img|<o>|<h>|"i"/);
    expect(page).toContain('<bdi>&lt;b&gt;&quot;i&quot;</bdi>');
  });

  it('may send its form back to us and load nothing else than its own style', () => {
    const style = /<style>([\s\S]*)<\/style>/.exec(renderQuestion(QUESTION))?.[1] ?? '';
    const digest = createHash('sha256').update(style).digest('base64');
    expect(FORM_PAGE_POLICY).toBe(
      `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
    );
    expect(renderQuestion(QUESTION)).not.toMatch(/<(script|img|link|iframe)|src=|url\(|href=|action=/);
  });

  it('sends the browser on by itself, or by a link, to one address that can’t leave its attribute', () => {
    const page = renderDeparture('Toy', 'https://toy.example/a?x="><script>&y=1');
    expect(page).not.toContain('<script>');
    const escaped = 'https://toy.example/a?x=&quot;&gt;&lt;script&gt;&amp;y=1';
    expect(page).toContain(`<meta http-equiv="refresh" content="0; url=${escaped}">`);
    expect(page).toContain(`href="${escaped}"`);
  });
});
