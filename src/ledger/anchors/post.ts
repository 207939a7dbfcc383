/** One HTTP POST of a text to an operator-configured URL. */
import { request } from 'undici'

const TIMEOUT_MS = 10_000
const MOST_ANSWER_BYTES = 65_536

export interface PostAnswer {
  readonly status: number
  readonly body: string
}

/** Follows no redirects. Rejects on a timeout, or on an answer over 64 KB. */
export async function postText(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<PostAnswer> {
  const answered = await request(url, {
    method: 'POST',
    headers: { 'content-type': 'text/plain; charset=utf-8', ...headers },
    body,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  let text = ''
  for await (const chunk of answered.body) {
    text += String(chunk)
    if (text.length > MOST_ANSWER_BYTES) throw new Error('its answer is too long')
  }
  return { status: answered.statusCode, body: text }
}
