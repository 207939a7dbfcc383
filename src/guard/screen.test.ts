import { deepEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JsonObject } from '../model/brand.ts'
import type { FieldValues } from '../model/values.ts'
import { screen, screenContext } from './screen.ts'

const AD_ID = '7a9e3b52-4c1d-4f08-9b6e-2d5c8a1f0e37'
const EMAIL = 'marie.huber@mail.example'
const AGENT = 'Mozilla/5.0 (Linux; Android 14)'

interface Screened {
  readonly own?: JsonObject
  readonly kept: FieldValues
  readonly tainted: readonly string[]
}
const note = (text: string): Pick<Screened, 'own' | 'kept'> => ({
  own: { properties: { note: text } },
  kept: { user_agent: AGENT, property: { note: text } },
})

describe('events of a batch, screened one after another with the context that they share', () => {
  const rows: readonly (readonly [string, JsonObject, readonly Screened[]])[] = [
    [
      'what one says of the context in a property taints that one alone',
      { device: { advertisingId: AD_ID }, userAgent: AGENT },
      [
        { ...note('first'), tainted: [] },
        { ...note(`ad ${AD_ID}`), tainted: ['advertising_id/plain!property.note'] },
        { ...note('third'), tainted: [] },
      ],
    ],
    [
      'what all keep of it taints each',
      { device: { advertisingId: AD_ID }, userAgent: `${AGENT} ${AD_ID}` },
      [1, 2].map(() => ({
        kept: { user_agent: `${AGENT} ${AD_ID}` },
        tainted: ['advertising_id/plain!user_agent'],
      })),
    ],
    [
      'an event that keeps what the one before it dropped, and one that drops it again',
      { traits: { email: EMAIL } },
      [
        { ...note(EMAIL), tainted: ['email/plain!property.note'] },
        { kept: { email: EMAIL, property: { note: EMAIL } }, tainted: [] },
        { ...note(EMAIL), tainted: ['email/plain!property.note'] },
      ],
    ],
    [
      'the id of one person in an event of another',
      { account: 'acct-4711-77' },
      [
        { kept: { user_id: 'acct-4711-77', url: 'https://shop.example/acct-4711-77' }, tainted: [] },
        {
          kept: { user_id: 'acct-9999-99', url: 'https://shop.example/acct-4711-77' },
          tainted: ['identifier/plain!url:pass'],
        },
      ],
    ],
    [
      'a message id that the context repeats is kept with the event that has it',
      { trace: AD_ID },
      [
        { kept: { message_id: AD_ID, url: `https://shop.example/${AD_ID}` }, tainted: [] },
        {
          kept: { message_id: 'm-2', url: `https://shop.example/${AD_ID}` },
          tainted: ['identifier/plain!url:pass'],
        },
      ],
    ],
    [
      'a trait that one event keeps and the other does not',
      { traits: { ref: 'R2D2-C3PO-77' }, page: { title: 'R2D2-C3PO-77' } },
      [
        { kept: { url: 'https://shop.example/R2D2-C3PO-77', property: { 'traits.ref': 'R2D2-C3PO-77' } }, tainted: [] },
        {
          kept: { url: 'https://shop.example/R2D2-C3PO-77', property: { other: 'x' } },
          tainted: ['identifier/plain!url:pass'],
        },
      ],
    ],
    [
      'a family name of one event is the given name of another',
      { traits: { firstName: 'Marie', lastName: 'Curie' } },
      [
        { kept: { name: { first: 'Marie', last: 'Curie' }, url: 'https://a.example/marie-curie' }, tainted: [] },
        {
          kept: { name: { full: 'Marie', first: 'Curie' }, url: 'https://a.example/marie-curie' },
          tainted: ['name/plain!name', 'name/plain!url:pass'],
        },
      ],
    ],
    [
      'what two events say at the same place',
      { userAgent: AGENT },
      [
        { own: { ref: AD_ID }, kept: { user_agent: `${AGENT} ${AD_ID}` }, tainted: ['identifier/plain!user_agent'] },
        { own: { ref: AD_ID }, kept: { user_agent: AGENT }, tainted: [] },
        { own: { ref: 'word' }, kept: { user_agent: `${AGENT} ${AD_ID}` }, tainted: [] },
      ],
    ],
  ]
  for (const [what, context, events] of rows)
    test(what, () => {
      const shared = screenContext(context)
      deepEqual(
        events.map(({ own = {}, kept }) => screen({ type: 'track', ...own }, kept, shared)),
        events.map(({ tainted }) => tainted),
      )
    })
})
