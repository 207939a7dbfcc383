/** Parameters as a query or form: each value percent-encoded once, undefined ones left out. */
import { percentEncode } from './percent.ts'

export type Parameters = Readonly<Record<string, string | number | boolean | undefined>>

/** In the given order. The result is valid as a query and as an `application/x-www-form-urlencoded` body. */
export function queryOf(parameters: Parameters): string {
  let query = ''
  for (const name in parameters) {
    const value = parameters[name]
    if (value === undefined) continue
    query += `${query === '' ? '' : '&'}${name}=${typeof value === 'string' ? percentEncode(value) : value}`
  }
  return query
}
