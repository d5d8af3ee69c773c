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
    expect(htmlToPlainText(nested)).toMatch(/^Hello\s+….*… \[98\d{4} more characters of HTML\]$/s);
    expect(htmlToPlainText('<p>word</p>'.repeat(2000))).toMatch(/^(word\n)+word… \[5500 more characters of HTML\]$/);
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
