/** Encodes a view as one URL: each macro's value percent-encoded once, empty if it was withheld. */
import type { PrivacyFlags } from '../../model/decision.ts'
import type { View } from '../../model/values.ts'
import type { Encoding } from '../kit/define.ts'
import { readOnlyMessage, writeMessage } from '../kit/message.ts'
import { percentEncode } from '../kit/percent.ts'
import { isRestricted } from '../kit/restricted.ts'
import type { PixelConnection } from './connection.ts'
import { parseTemplate, type Template } from './template.ts'

/** @throws RangeError for a template that the connection's validation would have rejected */
export function createPixelEncoder(connection: PixelConnection): Encoding {
  const { url, lat, adid, secrets, without_flag } = connection
  const parsed = parseTemplate(url, { lat, adid, secrets: Object.keys(secrets) })
  if (!parsed.ok) throw new RangeError('a pixel template with unknown macros')
  const { template } = parsed
  return {
    item: (view, flags) => {
      if (isRestricted(flags) && !template.signalsRestriction && without_flag === 'withhold')
        return { kind: 'impossible', needs: 'privacy_flag' }
      return { kind: 'item', bytes: writeMessage(fill(template, view, flags), flags) }
    },
    envelope: (items) => {
      const { text, headers } = readOnlyMessage(items)
      return { method: 'GET', origin: template.origin, path: text, headers, body: '' }
    },
    // Kinds of ids and networks, platforms, and switches.
    constants: [
      '',
      '0',
      '1',
      '2',
      'idfa',
      'aaid',
      'oaid',
      'amazon',
      'unknown',
      'ios',
      'android',
      'wifi',
      'cellular',
      '1YYN',
    ],
  }
}

function fill({ parts }: Template, view: View, flags: PrivacyFlags): string {
  let path = ''
  for (const part of parts) path += typeof part === 'string' ? part : percentEncode(String(part(view, flags) ?? ''))
  return path
}
