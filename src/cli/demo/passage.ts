/** Which values of an event were sent and which were not, by name. */
import type { JsonObject } from '../../model/brand.ts'

/** Envelope members of an event, without data about a subject. */
const ENVELOPE = new Set(['type', 'event', 'messageId', 'timestamp', 'sentAt', 'integrations', 'channel', 'version'])
/** Listed first; the rest follows in the order of the event. */
const FIRST = [
  'email',
  'latitude',
  'longitude',
  'city',
  'ip (whole)',
  'advertisingId',
  'userId',
  'anonymousId',
  'carrier',
]

/** Names that need their parent's name for context. */
const OF_ITS_HOLDER = new Set(['name', 'id', 'version', 'type', 'namespace', 'build', 'model', 'width', 'height'])

export interface Passage {
  /** Names of values that were sent, such as `country`. */
  readonly left: readonly string[]
  /** Names of values that were not sent, such as `email`; the most personal first. */
  readonly stayed: readonly string[]
}

/** @param sent everything that one partner received of these events */
export function passageOf(events: readonly JsonObject[], sent: string): Passage {
  const text = decoded(sent)
  const places = new Map<string, boolean>()
  const found = (name: string, isSent: boolean): void => {
    places.set(name, (places.get(name) ?? false) || isSent)
  }
  const walk = (value: unknown, path: readonly string[]): void => {
    if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value))
        if (path.length > 0 || !ENVELOPE.has(key)) walk(inner, [...path, key])
      return
    }
    // Short values match by chance: compare them as whole tokens.
    if (path.at(-1) === 'country') {
      found(
        'country',
        [`"${value}"`, `=${value}&`].some((alone) => text.includes(alone)),
      )
      return
    }
    if (!['string', 'number'].includes(typeof value) || String(value).length < 3) return
    const [name = '', holder = ''] = path.toReversed()
    if (name === 'ip') {
      found('ip (whole)', text.includes(String(value)))
      if (!text.includes(String(value))) found('ip (its network)', text.includes(networkOf(String(value))))
      return
    }
    found(OF_ITS_HOLDER.has(name) ? `${holder} ${name}` : name, text.includes(String(value)))
  }
  for (const event of events) walk(event, [])
  const names = (isSent: boolean): readonly string[] =>
    [...places].flatMap(([name, each]) => (each === isSent ? [name] : []))
  const stayed = names(false).filter((name) => name !== 'ip (its network)')
  return {
    left: names(true),
    stayed: [...FIRST.filter((name) => stayed.includes(name)), ...stayed.filter((name) => !FIRST.includes(name))],
  }
}

/** The first three bytes of an IPv4 address. */
function networkOf(ip: string): string {
  return ip.split('.').slice(0, 3).concat('').join('.')
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}
