/** Values of repeated request headers. */
import type { IncomingMessage } from 'node:http'

/** Every value of a header that may be repeated. */
export function headerValues({ rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>, name: string): string[] {
  const values: string[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]!.toLowerCase() === name) values.push(rawHeaders[index + 1]!.trim())
  }
  return values
}
