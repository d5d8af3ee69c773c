export type Query = Readonly<Record<string, string | number | boolean | Date | readonly string[] | undefined>>;

/** Lists become repeated parameters, moments RFC 3339; what is undefined is left out. */
export function withQuery(url: string, query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const each of Array.isArray(value) ? value : [value])
      parameters.append(name, each instanceof Date ? each.toISOString() : String(each));
  }
  const text = parameters.toString();
  return text === '' ? url : `${url}?${text}`;
}
