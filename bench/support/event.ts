/**
 * The event of every benchmark: a Segment-style `track` of exactly 1,338 bytes from an Android phone whose owner allows
 * tracking, so that nothing is withheld early and the whole path is paid for.
 */
import { hash } from 'node:crypto'

export const BATCH_EVENTS = 20
/** Its owner and phone, with ids as long and as random-looking as real ones. */
export interface Device {
  readonly userId: string
  readonly anonymousId: string
  readonly androidId: string
  readonly advertisingId: string
  readonly email: string
  readonly ip: string
  readonly latitude: string
  readonly longitude: string
}

/** Device number `index`, 0…999,999: the same every time. */
export function deviceOf(index: number): Device {
  const digest = hash('sha256', `device ${index}`)
  const number = String(index).padStart(6, '0')
  return {
    userId: `user-${number}`,
    anonymousId: uuidOf(digest.slice(0, 32)),
    androidId: hash('sha256', `phone ${index}`).slice(0, 16),
    advertisingId: uuidOf(digest.slice(32, 64)),
    email: `p.${digest.slice(0, 8)}.${number}@mail.example`,
    ip: `203.0.113.${100 + (index % 100)}`,
    latitude: `37.${String(100_000 + ((index * 7_919) % 899_999))}`,
    longitude: `-122.${String(100_000 + ((index * 104_729) % 899_999))}`,
  }
}

/**
 * Message ids say which event of the run they are, so that whoever receives them can tell what is missing.
 * @param run 8 hex digits that tell runs apart
 */
export function messageIdOf(run: string, serial: number): string {
  const number = serial.toString(16).padStart(12, '0')
  return `${run}-7c41-4f0e-9b3a-${number}`
}
export function serialOf(messageId: string): number {
  return Number.parseInt(messageId.slice(-12), 16)
}

/** The event's JSON. `at` is an ISO 8601 time with milliseconds. */
export function eventText(device: Device, messageId: string, at: string): string {
  const { userId, anonymousId, androidId, advertisingId, email, ip, latitude, longitude } = device
  return (
    `{"type":"track","event":"Order Completed","messageId":"${messageId}","anonymousId":"${anonymousId}",` +
    `"userId":"${userId}","timestamp":"${at}","sentAt":"${at}",` +
    '"properties":{"order_id":"ord_50314b8e9bcf","revenue":24.95,"currency":"USD","quantity":2,' +
    '"product_id":"507f1f77bcf86cd799439011","category":"puzzles","coupon":"AUTUMN-10"},' +
    `"context":{"ip":"${ip}","locale":"en-US","timezone":"America/Los_Angeles",` +
    '"userAgent":"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Mobile",' +
    '"app":{"name":"Puzzle Quest","version":"8.31.1","build":"8311","namespace":"com.example.puzzle"},' +
    `"device":{"id":"${androidId}","advertisingId":"${advertisingId}","adTrackingEnabled":true,` +
    '"manufacturer":"Google","model":"Pixel 8","name":"Sam\'s own phone","type":"android"},' +
    '"os":{"name":"Android","version":"14"},' +
    '"network":{"bluetooth":false,"carrier":"T-Mobile US","cellular":true,"wifi":false},' +
    '"screen":{"width":1080,"height":2400,"density":2.625},' +
    `"location":{"city":"San Francisco","country":"US","latitude":${latitude},"longitude":${longitude},"speed":0},` +
    `"traits":{"email":"${email}","plan":"premium","age":34,"logins":112},` +
    '"campaign":{"source":"newsletter","medium":"email","name":"autumn"}}}'
  )
}

/** A batch of one device as its SDK sends it. */
export function batchText(device: Device, messageIds: readonly string[], at: string): string {
  return `{"batch":[${messageIds.map((id) => eventText(device, id, at)).join()}],"sentAt":"${at}"}`
}

function uuidOf(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
