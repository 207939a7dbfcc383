/** Runs every notice case of every type: one identifier under a connection → the exact request, and what answers mean. */
import { deepEqual, ok } from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Json } from '../model/brand.ts'
import {
  type NoticeAnswer,
  type NoticeEncoder,
  type NoticeFacts,
  type NoticeRequest,
  TOLD_VERBS,
  type ToldVerb,
} from './kit/notices.ts'
import type { Connection, PartnerAnswer } from './kit/type.ts'
import { PARTNER_TYPES } from './registry.ts'

/** `expected` is null where the partner cannot be told so; `json` stands for a body: this JSON, compact, members in this order. */
interface Case extends Omit<NoticeFacts, 'callback'> {
  readonly title: string
  /** The partner's own page, where and when it was read. */
  readonly source: string
  readonly connection: Connection
  readonly callback?: string
  readonly expected: (Omit<NoticeRequest, 'body'> & { readonly body?: string; readonly json?: Json }) | null
  /** What asks how it goes. */
  readonly status?: NoticeRequest
}
interface AnswerCase {
  readonly verb: ToldVerb
  readonly to: 'request' | 'status'
  readonly status: number
  readonly headers?: PartnerAnswer['headers']
  readonly body?: string
  readonly incomplete?: true
  readonly means: NoticeAnswer
}
/** The id that the cases' answers name. */
const ID = 'a7551968-d5d6-44b2-9831-815ac9017798'

for (const type of PARTNER_TYPES) {
  const { notices } = type
  const folder = join(import.meta.dirname, type.type, 'cases')
  const verbs = TOLD_VERBS.filter((verb) => notices?.calls[verb] !== undefined)
  const encoderOf = (connection: Connection, verb: ToldVerb): NoticeEncoder | undefined =>
    notices?.calls[verb]?.under(JSON.parse(JSON.stringify(type.connection.parse(connection))) as Connection)

  if (existsSync(join(folder, 'notices')))
    describe(`${type.type}: notice cases`, () => {
      const cases = readdirSync(join(folder, 'notices')).map(
        (file) => [file, JSON.parse(readFileSync(join(folder, 'notices', file), 'utf8')) as Case] as const,
      )
      test('there is one for every call', () => {
        deepEqual(
          verbs.filter((verb) => !cases.some(([, one]) => one.verb === verb && one.expected !== null)),
          [],
        )
      })
      for (const [file, { title, source, connection, callback, expected, status, ...facts }] of cases)
        test(`${file.replace('.json', '')}: ${title}`, () => {
          ok(source.length > 20)
          const encoder = encoderOf(connection, facts.verb)
          const all = { callback: undefined, ...facts, ...(callback === undefined ? {} : { callback }) }
          if (expected === null) return deepEqual(encoder?.request(all), undefined)
          const { json, ...request } = expected
          deepEqual(encoder?.request(all), json === undefined ? request : { ...request, body: JSON.stringify(json) })
          if (status !== undefined) deepEqual(encoder?.status?.request(all), status)
        })
    })

  const answers = join(folder, 'notice-answers.json')
  if (existsSync(answers))
    describe(`${type.type}: answers to notices`, () => {
      for (const { verb, to, means, ...answer } of JSON.parse(readFileSync(answers, 'utf8')) as readonly AnswerCase[])
        test(`${verb}, ${to}: ${answer.status} ${answer.body ?? ''}: ${means.state}`, () => {
          const encoder = encoderOf(type.sample.connection, verb)
          const read = to === 'status' ? encoder?.status?.answer : encoder?.answer
          const { status, headers = {}, body = '', incomplete } = answer
          const facts = { ...FACTS, verb }
          deepEqual(read?.({ status, headers, body, ...(incomplete && { incomplete }) }, facts), means)
        })
    })
}

const FACTS: Omit<NoticeFacts, 'verb'> = {
  id: ID,
  identifier: { class: 'user_id', kind: '', value: 'u-1', isPseudonym: false },
  app: { id: 'shop', platform: 'ios' },
  day: '2018-10-02',
  today: '2018-10-03',
  callback: undefined,
}
