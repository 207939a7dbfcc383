/**
 * A type's page in docs/partners/, made from its code, its cases and its notes: what it can receive, how people's states
 * change that, the partner's flags, limits, answers, settings, and a request before and after an opt-out.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FREE, type PrivacyFlags } from '../../model/decision.ts'
import { FIELD_CLASSES, treatmentName } from '../../model/field-class.ts'
import type { RegisteredType } from '../../partners/kit/envelope-limits.ts'
import { createSendsAs } from '../../partners/kit/sends-as.ts'
import type { Connection, Encoder, PartnerRequest } from '../../partners/kit/type.ts'
import { type AnswerCase, type ExemplaryCase, readExample, viewOf } from './example.ts'
import { noticesSection } from './notices.ts'
import { type FlagPlace, flagsOf, placesOfClass } from './places.ts'
import { settingsTable } from './settings.ts'

/** @param partners the folder src/partners */
export async function pageOf(type: RegisteredType, partners: string): Promise<string> {
  const folder = join(partners, type.type)
  const examples = await readExamples(folder)
  const free = examples.find(({ flags }) => flags.length === 0)
  const restricted = examples.find(({ flags }) => flags.length > 0)
  if (free === undefined || restricted === undefined)
    throw new TypeError(`${type.type}: an exemplary case without a restriction and one with are needed`)
  const connection = checked(type, free.connection)
  const encoder = type.encoder(connection)
  const source = await readFile(join(folder, 'index.ts'), 'utf8')
  return [
    `# ${type.type}`,
    HEAD,
    firstComment(source),
    `Built from: ${type.doc}. [A] was read in the named source, [B] is a vendor page's excerpt or an older version, [C] is general knowledge: hold it against the partner's own page before production use.`,
    firstComment(await readFile(join(folder, 'encode.ts'), 'utf8')),
    ...section('What it can receive', receives(type, connection, encoder)),
    ...section('How people’s states change it', states(encoder, flagsOf(encoder))),
    ...section('Limits', limits(type, connection)),
    ...section('Answers', await answers(type, folder)),
    ...told(type),
    ...section('`connection`', await settings(type, folder)),
    ...(await notes(folder)),
    ...section('A request, nothing restricting', request(type, free)),
    ...section('A request, opted out', request(type, restricted)),
    `More: \`src/partners/${type.type}/cases/\`.`,
    '',
  ].join('\n\n')
}

const HEAD =
  '<!-- Made by `npx sluice partners --docs docs/partners`: edit the type, its cases or its notes.md instead. -->'

function section(title: string, text: string): readonly string[] {
  return [`## ${title}`, text]
}

function told(type: RegisteredType): readonly string[] {
  const text = noticesSection(type)
  return text === undefined ? [] : section('What it can be told of a person', text)
}

function receives(type: RegisteredType, connection: Connection, encoder: Encoder): string {
  const sendsAs = createSendsAs()(type, connection)
  const rows = FIELD_CLASSES.flatMap((name) => {
    const level = type.abilities[name] ?? 0
    if (level === 0) return []
    const most = treatmentName(name, level)
    const as = sendsAs(name) === 'hashed' ? 'SHA-256 (it still is the value)' : 'as treated'
    const places = placesOfClass(encoder, name)
    return [`| \`${name}\` | ${most} | ${as} | ${places.map((place) => `\`${place}\``).join(', ') || '—'} |`]
  })
  const none = FIELD_CLASSES.filter((name) => (type.abilities[name] ?? 0) === 0)
  return [
    'A contract can grant at most this; every step of the ladder below it can be granted too. Places are those of a request with the settings of the first example.',
    '',
    '| field class | at most | sent | in |',
    '|---|---|---|---|',
    ...rows,
    '',
    `It has no place for: ${none.map((name) => `\`${name}\``).join(', ')}.`,
  ].join('\n')
}

function states(encoder: Encoder, flags: readonly FlagPlace[]): string {
  const told = flags.map(({ place, free, restricted }) => `\`${place}\` ${change(free, restricted)}`)
  const without = encoder.item(viewOf({}), RESTRICTED)
  return [
    '| state | what goes |',
    '|---|---|',
    '| nothing restricts | what the contract’s `share` grants |',
    '| opted out with us, Global Privacy Control, US privacy string, GPP, consent missing or refused (where the law asks for it) | a third party: nothing, or with `when_restricted.send: limited` what its `share` leaves, and the flags below. Where consent strings are asked for, `limited` does not help: nothing |',
    '| the same, and the contract is a service provider’s for other purposes than advertising | what `share` grants, and the flags below: an opt-out of advertising partners does not end what works for the app |',
    '| limit ad tracking, ATT not authorised, zeroed id | the same, and for a third party no id, e-mail, phone, name or address whatever is granted; user agent and device reduced, IP at most 24/48 |',
    '| no precise location | coordinates no finer than the policy’s area, place no finer than the city |',
    '| location permission refused | no coordinates, country at most |',
    '| child | nothing |',
    '',
    `**Flags on any restriction:** ${told.join('; ') || (without.kind === 'impossible' ? 'none: the type refuses to send of restricted people unless told to' : 'none')}. A person's Global Privacy Control goes along as the header \`Sec-GPC: 1\`.`,
  ].join('\n')
}

const RESTRICTED: PrivacyFlags = {
  restricted: true,
  sale: true,
  sharing: true,
  targetedAdvertising: true,
  deviceLimit: true,
  gpc: false,
}

function change(free: string | undefined, restricted: string | undefined): string {
  if (restricted === undefined) return `${free} is left out`
  return free === undefined ? `is ${restricted}` : `is ${restricted}, not ${free}`
}

function limits(type: RegisteredType, connection: Connection): string {
  const { maxItems, maxBytes } = type.envelopeLimits(connection)
  const batch =
    type.maxBatch === 1
      ? 'One event a request.'
      : `Up to ${maxItems.toLocaleString('en-US')} events a request with the settings of the example (${type.maxBatch.toLocaleString('en-US')} at most); each has a decision and a ledger record of its own, and one that may not go any more is left out. A request refused for its content is sent again event by event.`
  const twice = type.deduplicates(connection)
    ? 'The partner counts an event once, so one whose fate a timeout left open is sent again.'
    : Object.hasOwn(connection, 'idempotent')
      ? 'An event whose fate a timeout left open is not sent again, unless `idempotent` says that the partner counts an id once.'
      : 'The partner does not count an event once, so one whose fate a timeout left open is not sent again: it ends `unresolved`.'
  const tries =
    type.attempts === undefined
      ? []
      : [
          `Without \`limits.attempts\` there ${type.attempts === 1 ? 'is one try' : `are ${type.attempts} tries`} and, unlike with other types, one that could not connect counts: what has not gone by then ends \`dead\`.`,
        ]
  return [`${batch} At most ${maxBytes.toLocaleString('en-US')} bytes.`, twice, ...tries].join('\n\n')
}

/** What all types have in common; see `partners/kit/answer.ts`. */
const RULE =
  'Where that says nothing, 408, 425, 429 and 5xx may be tried again and whatever else is no 2xx is final. `Retry-After` rests the partner, at most an hour.'

async function answers(type: RegisteredType, folder: string): Promise<string> {
  const rows = JSON.parse(await readFile(join(folder, 'cases', 'answers.json'), 'utf8')) as readonly AnswerCase[]
  const words = {
    delivered: 'done',
    again:
      type.attempts === undefined ? 'tried again' : 'refused for now: tried again where `limits.attempts` leaves a try',
    final: 'refused for good',
  }
  return [
    `${firstComment(await readFile(join(folder, 'respond.ts'), 'utf8'))} ${RULE}`,
    '',
    '| answer | means |',
    '|---|---|',
    ...rows.map(
      ({ status, body, means }) => `| ${status}${body === undefined ? '' : ` \`${body}\``} | ${words[means]} |`,
    ),
    '',
    `Redirects are never followed. Where nothing has left yet when a connection fails, it is tried again${type.attempts === undefined ? '' : ', if there are tries left'}.`,
  ].join('\n')
}

async function settings(type: RegisteredType, folder: string): Promise<string> {
  const source = await readFile(join(folder, 'connection.ts'), 'utf8')
  const imported = [...source.matchAll(/from '(\.\.\/kit\/[\w-]+\.ts)'/g)].map(([, path]) => path!)
  const shared = await Promise.all(imported.map((path) => readFile(join(folder, path), 'utf8')))
  return settingsTable(type, source, shared.join('\n'))
}

async function notes(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder)
  return names.includes('notes.md') ? [(await readFile(join(folder, 'notes.md'), 'utf8')).trim()] : []
}

function request(type: RegisteredType, example: ExemplaryCase): string {
  const encoder = type.encoder(checked(type, example.connection))
  const items = example.items.map(({ view, flags }) => {
    const encoded = encoder.item(view, { ...FREE, ...Object.fromEntries(flags.map((flag) => [flag, true])) })
    if (encoded.kind === 'impossible') throw new TypeError(`${type.type}: the example cannot be said`)
    return encoded.bytes
  })
  return [`${example.title}.`, '', '```', ...lines(encoder.envelope(items)), '```'].join('\n')
}

function lines({ method, origin, path, headers, body }: PartnerRequest): readonly string[] {
  return [
    `${method} ${path}`,
    `Host: ${new URL(origin).host}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(body === '' ? [] : ['', body]),
  ]
}

async function readExamples(folder: string): Promise<readonly ExemplaryCase[]> {
  const cases = join(folder, 'cases', 'exemplary')
  const names = (await readdir(cases)).sort()
  const read = await Promise.all(names.map((name) => readExample(join(cases, name))))
  // The plainest one is the example: one item, as the first app has it.
  return read.filter(({ items }) => items.length > 0).sort((a, b) => rank(a) - rank(b))
}

function rank({ items, file }: ExemplaryCase): number {
  return items.length * 10 + (/ios-|ios\.|unrestricted|one-event/.test(file) ? 0 : 1)
}

function checked(type: RegisteredType, connection: Connection): Connection {
  return JSON.parse(JSON.stringify(type.connection.parse(connection))) as Connection
}

/** A file's first doc comment as a paragraph. */
export function firstComment(source: string): string {
  const [found = ''] = (source.split('/**', 2)[1] ?? '').split('*/', 1)
  return found
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, '').trim())
    .join(' ')
    .trim()
}
