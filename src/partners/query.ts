/** Parameters as a query or a form: each value percent-encoded once, undefined ones left out. */
import { percentEncode } from './percent.ts'

export type Parameters = Readonly<Record<string, string | number | boolean | undefined>>

const PLAIN_NAME = /^[A-Za-z0-9_.~-]+$/

/** In the order given; the same text is a query and an `application/x-www-form-urlencoded` body. */
export function queryOf(parameters: Parameters): string {
  let query = ''
  for (const name in parameters) {
    const value = parameters[name]
    if (value === undefined) continue
    const key = PLAIN_NAME.test(name) ? name : percentEncode(name)
    query += `${query === '' ? '' : '&'}${key}=${typeof value === 'string' ? percentEncode(value) : value}`
  }
  return query
}
