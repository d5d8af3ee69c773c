const formats = new Map<string, Intl.DateTimeFormat>();

/** The calendar day of a time (epoch seconds) in a time zone, as `2026-11-23`: two of them can be compared as text. */
export function dayOf(seconds: number, timezone: string): string {
  let format = formats.get(timezone);
  if (format === undefined) {
    // The Swedish form is the ISO one.
    format = new Intl.DateTimeFormat('sv-SE', {
      timeZone: timezone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    });
    formats.set(timezone, format);
  }
  return format.format(seconds * 1000);
}
