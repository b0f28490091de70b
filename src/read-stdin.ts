// Reads a JSON document from standard input, to its end but not beyond what could be stored.
import { BadInput } from './errors.js';
import { LARGEST_PAYLOAD } from './job/json.js';

/** @throws BadInput */
export async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > LARGEST_PAYLOAD) throw new BadInput('standard input is larger than 1 MB', ['put the data into a file']);
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new BadInput('standard input is not UTF-8');
  }
}
