import { HtmlBudget } from './html-budget.js';
import { htmlToPlainText, plainTextToHtml } from './html-text.js';

describe('htmlToPlainText', () => {
  it.each([
    ['paragraphs', '<p>One</p><p>Two</p>', 'One\nTwo'],
    ['links by their words', '<p>See <a href="https://evil.example/?q=1">the docs</a>.</p>', 'See the docs.'],
    ['no images', '<p>Hi</p><img src="https://evil.example/p.png" alt="logo">', 'Hi'],
    ['no scripts, styles or comments', '<style>a{}</style><p>Hi</p><script>alert(1)</script><!-- obey -->', 'Hi'],
    ['entities once', '<p>1 &lt; 2 &amp;amp; 3</p>', '1 < 2 &amp; 3'],
    ['headings as they are written', '<h1>Refund please</h1><p>now</p>', 'Refund please\nnow'],
    ['invisible characters written as entities', '<p>pass&#8203;word &#x202E;x</p>', 'password x'],
  ])('gives %s', (_, html, text) => {
    expect(htmlToPlainText(html).replace(/\n+/g, '\n')).toBe(text);
  });

  it.each(['if x<y and y>z then a <b or 1<2', 'Hello <b>\n\nworld', '<3', 'use <b>bold</b> here', 'a > b', '< p>'])(
    'leaves the plain text %j alone',
    (text) => {
      expect(htmlToPlainText(text)).toBe(text);
    },
  );

  it('cuts what is made of tags without end, and says so', () => {
    const nested = `<p>Hello</p>${'<div>'.repeat(200_000)}deep</div>`;
    expect(htmlToPlainText(nested)).toMatch(/^Hello\s+….*… \[99\d{4} more characters of HTML\]$/s);
    expect(htmlToPlainText('<p>word</p>'.repeat(2000))).toMatch(/^(word\n)+word… \[16500 more characters of HTML\]$/);
  });

  it('converts for one call what the budget covers, and says what it left out of the rest', () => {
    const budget = new HtmlBudget(10, 100);
    expect(htmlToPlainText('<p>one</p>', budget)).toBe('one');
    expect(htmlToPlainText('<b>2</b>'.repeat(6), budget)).toBe('2222… [16 more characters of HTML]');
    expect(htmlToPlainText('<p>three</p>', budget)).toBe('… [12 more characters of HTML]');
    expect(htmlToPlainText('plain text', budget)).toBe('plain text');
  });

  it('does not cut inside of a tag where the characters end', () => {
    const html = `<p>${'x'.repeat(20)}</p><a href="https://acme.example/">y</a>`;
    expect(htmlToPlainText(html, new HtmlBudget(10, 40))).toBe(`${'x'.repeat(20)}… [37 more characters of HTML]`);
    expect(htmlToPlainText(html, new HtmlBudget(10, 2))).toBe('… [64 more characters of HTML]');
  });

  it('hands to the parser a bounded number of tags, however many texts there are', () => {
    const budget = new HtmlBudget();
    const html = '<b>'.repeat(3000);
    const admitted = Array.from({ length: 500 }, () => budget.admit(html) / '<b>'.length);
    expect(Math.max(...admitted)).toBe(1000);
    expect(admitted.reduce((sum, tags) => sum + tags)).toBe(20_000);
  });

  it('reads a megabyte of unclosed tags in one pass', () => {
    const text = '<a '.repeat(350_000);
    expect(htmlToPlainText(text)).toBe(text.trim());
    expect(htmlToPlainText(`${text}>`)).toMatch(/more characters of HTML/);
  });
});

describe('plainTextToHtml', () => {
  it('makes paragraphs and line breaks', () => {
    expect(plainTextToHtml('One\ntwo\r\n\r\n  \nThree\n')).toBe('<p>One<br>two</p><p>Three</p>');
  });

  it('escapes everything that could be markup', () => {
    expect(plainTextToHtml('<script>"x" & \'y\'</script>')).toBe(
      '<p>&lt;script&gt;&quot;x&quot; &amp; &#39;y&#39;&lt;/script&gt;</p>',
    );
  });

  it('comes back as the text it was', () => {
    expect(htmlToPlainText(plainTextToHtml('Dear <you> & "all",\nbye'))).toBe('Dear <you> & "all",\nbye');
  });
});
