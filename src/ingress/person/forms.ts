/** What a form or an app posts to a page: text fields. */
import type { Request } from 'express'
import { GatewayError } from '../../model/errors.ts'
import { bodyText, parseText } from '../body.ts'

export type Fields = ReadonlyMap<string, string>

/** Form fields, or a JSON object's strings and numbers; the first of a repeated name. Throws as `bodyText` does. */
export function fieldsOf(request: Request): Fields {
  const text = bodyText(request)
  if (!text.trimStart().startsWith('{')) {
    const fields = new Map<string, string>()
    for (const [name, value] of new URLSearchParams(text)) if (!fields.has(name)) fields.set(name, value)
    return fields
  }
  const body = parseText(text)
  if (typeof body !== 'object' || body === null) throw new GatewayError('ERR_BODY_NOT_JSON')
  return new Map(
    Object.entries(body).flatMap(([name, value]) =>
      typeof value === 'string' || typeof value === 'number' ? [[name, String(value)] as const] : [],
    ),
  )
}
