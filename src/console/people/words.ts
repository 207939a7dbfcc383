/** Words for identities, cases and their steps. */
import type { AnswerOf, BodyOf } from '../api/client.ts'

export type Case = AnswerOf<'listCases'>['items'][number]
export type WholeCase = AnswerOf<'readCase'>
export type Statement = AnswerOf<'readDisclosures'>
export type Choices = AnswerOf<'readChoices'>
export type IdentityKind = keyof BodyOf<'lookUpSubject'>['identities']

export const IDENTITY_WORDS: Readonly<Record<IdentityKind, string>> = {
  user: 'User id',
  advertising_id: 'Advertising id',
  vendor_id: 'Vendor id',
  anonymous: 'Anonymous id',
}
export const KIND_WORDS: Readonly<Record<Case['kind'], string>> = {
  access: 'Access',
  deletion: 'Erasure',
  objection: 'Objection',
  restriction: 'Restriction',
  correction: 'Correction',
  child: 'A child, known late',
}
export const STEP_WORDS: Readonly<Record<Case['steps'][number]['what'], string>> = {
  opened: 'opened',
  confirmed: 'receipt confirmed to the person',
  noted: 'noted',
  extended: 'extended',
  asked: 'asked for it to be done; another person must do it too',
  ran: 'done',
  refused: 'refused',
  closed: 'closed',
  withdrawn: 'taken back',
  erased: 'its person was erased',
}
const CHANNEL_WORDS: Readonly<Record<Choices['statements'][number]['channel'], string>> = {
  app: 'the app, which anyone can speak for',
  user_token: 'the person’s own account',
  staff: 'staff',
  import: 'an imported list',
  signal: 'a signal of the device',
}

/** `overdue by 3 days`, `due today`, `12 days left`. */
export function dueText({ state, days_left: left, ended }: Case): string {
  if (state === 'closed') return ended === undefined ? 'closed' : (STEP_WORDS[ENDED[ended.how]] ?? ended.how)
  if (left < 0) return `overdue by ${left === -1 ? 'a day' : `${-left} days`}`
  return left === 0 ? 'due today' : left === 1 ? '1 day left' : `${left} days left`
}
const ENDED = { done: 'closed', refused: 'refused', withdrawn: 'withdrawn', erased: 'erased' } as const

/** Source and channel of a choice. */
export function evidenceText({ channel, said_by: by }: Choices['statements'][number]): string {
  const how = CHANNEL_WORDS[channel]
  return by === '' || by === 'staff' ? how : `${how} (${by.replaceAll('_', ' ')})`
}

export function statementText({ denies, permits, child }: Choices['statements'][number]): string {
  const list = (names: readonly string[]) => names.join(', ').replaceAll('_', ' ')
  const said = [
    ...(child ? ['a child: nothing leaves'] : []),
    ...(denies.length === 0 ? [] : [`no to ${list(denies)}`]),
    ...(permits.length === 0 ? [] : [`yes to ${list(permits)}`]),
  ]
  return said.join('; ') || 'nothing that restricts'
}

/** States of a partner's notices: `accepted: 2, no match: 1`. */
export function noticeStatesText(states: readonly string[]): string {
  const counts = Map.groupBy(states, (state) => state)
  return [...counts].map(([state, { length }]) => `${state.replaceAll('_', ' ')}: ${length}`).join(', ')
}
