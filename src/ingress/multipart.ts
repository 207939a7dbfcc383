/** Parses a `multipart/form-data` form, which some SDKs send. */
import { Response } from 'undici'
import type { JsonObject } from '../model/brand.ts'
import { GatewayError } from '../model/errors.ts'
import { fieldsOf } from '../transform/relay/request.ts'

const BOUNDARY = /;\s*boundary="?([^";]+)"?/i

/**
 * The fields as in a urlencoded form; an attached file is its text. Throws `ERR_BODY_NOT_JSON`, which never contains
 * what was sent.
 */
export async function parseMultipart(body: Buffer, contentType: string): Promise<JsonObject> {
  if (partsIn(body, contentType) > MAX_PARTS) throw new GatewayError('ERR_RELAY_SIZE')
  const fields: [string, string][] = []
  try {
    const response = new Response(closed(body, contentType), { headers: { 'content-type': contentType } })
    for (const [name, part] of await response.formData())
      fields.push([name, typeof part === 'string' ? part : await part.text()])
  } catch {
    throw new GatewayError('ERR_BODY_NOT_JSON')
  }
  return fieldsOf(fields)
}

/** More than any SDK sends; each costs several microseconds. */
const MAX_PARTS = 1_000

function partsIn(body: Buffer, contentType: string): number {
  const delimiter = `--${BOUNDARY.exec(contentType)?.[1]}`
  let parts = 0
  for (let at = body.indexOf(delimiter); at >= 0 && parts <= MAX_PARTS; at = body.indexOf(delimiter, at + 1)) parts++
  return parts
}

/** Meta's SDKs end with a delimiter that announces another part (facebook-ios-sdk, `FBSDKGraphRequestBody.m`). */
function closed(body: Buffer, contentType: string): Buffer {
  const open = `--${BOUNDARY.exec(contentType)?.[1]}\r\n`
  const isOpen = body.subarray(-open.length).equals(Buffer.from(open))
  return isOpen ? Buffer.concat([body.subarray(0, -2), Buffer.from('--\r\n')]) : body
}
