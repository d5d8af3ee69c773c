import { compile } from 'html-to-text';
import { cleanText } from './clean-text.js';
import { HtmlBudget } from './html-budget.js';

const HEADINGS = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'];

const convert = compile({
  wordwrap: false,
  // The default counts the zero-width space among them, and would turn one inside of a word into a gap.
  whitespaceCharacters: ' \t\r\n\f',
  // Without a limit, a body of a hundred thousand nested tags exhausts the stack.
  limits: { maxDepth: 100, ellipsis: '…' },
  selectors: [
    { selector: 'a', options: { ignoreHref: true } },
    { selector: 'img', format: 'skip' },
    { selector: 'p', options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
    ...HEADINGS.map((selector) => ({ selector, options: { uppercase: false } })),
  ],
});

/** HTML bodies begin with a tag and end with one. */
const HTML_BODY = /^\s*<(?:!--|!doctype\b|[a-z][a-z0-9]*[\s/>])[^]*>\s*$/i;

/**
 * An HTML body as clean plain text: links by their words, no images, no markup. What the budget doesn't cover is cut off, with a
 * marker that says how much of it was left out.
 *
 * Plain text is kept as it is, also where somebody writes `x<y` or `<b>` in it: a parser would take that for a tag and drop it.
 */
export function htmlToPlainText(text: string, budget = new HtmlBudget()): string {
  if (!HTML_BODY.test(text)) return cleanText(text).trim();
  const end = budget.admit(text);
  const rest = end === text.length ? '' : `… [${text.length - end} more characters of HTML]`;
  return (end === 0 ? '' : cleanText(convert(text.slice(0, end))).trim()) + rest;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Plain text as HTML paragraphs: a blank line parts paragraphs, a line end breaks the line, and nothing in it is markup. */
export function plainTextToHtml(text: string): string {
  const escaped = text.replace(/\r\n?/g, '\n').replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
  return escaped
    .split(/\n[^\S\n]*\n\s*/)
    .filter((paragraph) => paragraph.trim() !== '')
    .map((paragraph) => `<p>${paragraph.trim().replace(/\n/g, '<br>')}</p>`)
    .join('');
}
