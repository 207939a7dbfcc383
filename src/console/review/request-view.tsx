/** A request as it would be sent, one parameter or member per line, with additions marked. */
import { ScrollText } from '../ui/scroll.tsx'

export interface ShownRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export function RequestView({
  title,
  request,
  against,
}: {
  readonly title: string
  readonly request: ShownRequest | undefined
  readonly against?: ShownRequest | undefined
}) {
  const old = new Set(against === undefined ? [] : linesOf(against))
  return (
    <figure className="request">
      <figcaption>{title}</figcaption>
      {request === undefined ? (
        <p className="calm-line">Nothing is sent.</p>
      ) : (
        <ScrollText className="request-text">
          {linesOf(request).map((line, index) =>
            against !== undefined && !old.has(line) ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines of one request, in their order.
              <ins key={index}>{`+ ${line}\n`}</ins>
            ) : (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines of one request, in their order.
              <span key={index}>{`  ${line}\n`}</span>
            ),
          )}
        </ScrollText>
      )}
    </figure>
  )
}

export function linesOf({ method, url, headers, body }: ShownRequest): readonly string[] {
  const [path = '', query = ''] = url.split('?', 2)
  return [
    `${method} ${path}`,
    ...(query === '' ? [] : query.split('&').map((pair) => `  ${pair}`)),
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...bodyLines(body),
  ]
}

function bodyLines(body: string): readonly string[] {
  if (body === '') return []
  try {
    return JSON.stringify(JSON.parse(body), null, 2).split('\n')
  } catch {
    return body.split('&')
  }
}
