/** Parameters as a query or a form: each value percent-encoded once, undefined ones left out. */
import { percentEncode } from './percent.ts'

export type Parameters = Readonly<Record<string, string | number | boolean | undefined>>

/**
 * In the order given; names are ours and go in as they are, percent-encoded where they need it; the same text is a query and an
 * `application/x-www-form-urlencoded` body.
 */
export function queryOf(parameters: Parameters): string {
  let query = ''
  for (const name in parameters) {
    const value = parameters[name]
    if (value === undefined) continue
    query += `${query === '' ? '' : '&'}${name}=${typeof value === 'string' ? percentEncode(value) : value}`
  }
  return query
}
