/** Invented people and what their phones send. Each has identities of their own, so that nobody opts out for another. */
import type { Dice } from './random.ts'
import { MESSAGE, PURCHASE, UNROUTED } from './terms.ts'

export interface Person {
  readonly user: string
  readonly anonymous: string
  readonly advertisingId: string
  readonly vendorId: string
  readonly ip: string
  readonly country: string
}

export interface SentEvent {
  readonly messageId: string
  readonly name: string
  readonly person: Person
}

/** @param number makes everything about the person unlike everybody else's */
export function createPerson(number: number, dice: Dice): Person {
  const uuid = (): string => {
    const hex = Array.from({ length: 8 }, () => dice.between(0, 0xffff).toString(16).padStart(4, '0')).join('')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`.toUpperCase()
  }
  return {
    user: `user-${number}`,
    anonymous: uuid(),
    advertisingId: uuid(),
    vendorId: uuid(),
    ip: `198.18.${Math.floor(number / 250) % 250}.${1 + (number % 250)}`,
    country: dice.chance(0.06) ? 'DE' : 'US',
  }
}

export function createEvent(messageId: string, person: Person, dice: Dice): SentEvent {
  const name = dice.chance(0.04) ? UNROUTED : dice.chance(0.6) ? PURCHASE : MESSAGE
  return { messageId, name, person }
}

/** As an SDK would put it; what is not told apart by `event` is the same each time it is sent. */
export function bodyOf({ messageId, name, person }: SentEvent, number: number): Readonly<Record<string, unknown>> {
  return {
    type: 'track',
    event: name,
    messageId,
    userId: person.user,
    anonymousId: person.anonymous,
    timestamp: '2026-01-02T03:04:05.678Z',
    properties: name === PURCHASE ? { revenue: number / 100, currency: 'USD' } : { kind: 'text', length: number },
    context: {
      device: {
        id: person.vendorId,
        type: 'ios',
        advertisingId: person.advertisingId,
        adTrackingEnabled: true,
        attTrackingStatus: 3,
      },
      os: { name: 'iOS', version: '17.5' },
      location: { country: person.country, city: 'Sacramento' },
      ip: person.ip,
    },
  }
}

/** No SDK sends these; each is refused and the rest of its batch is kept. */
export const BAD_EVENTS: readonly object[] = [
  { type: 'tarck', event: PURCHASE, messageId: 'bad-type', userId: 'nobody' },
  { type: 'track', event: PURCHASE, messageId: 'no-id' },
  { type: 'track', messageId: 'no-name', userId: 'nobody' },
]
