import { GatehouseError } from '../gatehouse-error.js';

/** The values of a stream with one JSON value per line. A line that is cut off is an error, not an end. */
export async function* ndjson(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<unknown, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield parse(line);
  }
  if ((rest + decoder.decode()).trim() !== '')
    throw new GatehouseError('connection_failed', 'The export ended in the middle of a line: it is not complete.');
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new GatehouseError('invalid_response', 'A line of the export is not JSON.', { cause });
  }
}
