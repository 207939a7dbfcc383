/** The section of a type's page about notices: which ones its partner accepts, and by which call. */
import type { FieldClass } from '../../model/field-class.ts'
import type { RegisteredType } from '../../partners/kit/envelope-limits.ts'
import { type NoticeAbilities, type NoticeAbility, TOLD_VERBS, type ToldVerb } from '../../partners/kit/notices.ts'
import type { Connection } from '../../partners/kit/type.ts'

const VERBS: Readonly<Record<ToldVerb, string>> = {
  opt_out: 'opt-out',
  opt_in: 'withdrawal of an opt-out',
  erase: 'deletion',
}
const SAMPLE = {
  id: '5f2b2c1e-8f0a-4c55-9d3e-2f1f0e7d6c5b',
  app: { id: 'shop-ios', bundle: 'com.example.shop', platform: 'ios' },
  day: '2026-11-30',
  today: '2026-11-30',
  callback: undefined,
} as const
const VALUE = '6d92078a-8246-4ba4-ae5b-76104861e7dc'

/** Undefined for a type whose notices were not researched. */
export function noticesSection({ notices, sample }: RegisteredType): string | undefined {
  if (notices === undefined) return undefined
  const supported = TOLD_VERBS.flatMap((verb) => {
    const call = notices.calls[verb]
    return call === undefined ? [] : [[verb, call] as const]
  })
  return [
    ...(supported.length === 0 ? ['None: the partner has no such interface.'] : table(supported, sample.connection)),
    ...(notices.otherwise === '' ? [] : ['', notices.otherwise]),
    ...(supported.length === 0 ? [] : ['', ...example(notices, sample.connection)]),
  ].join('\n')
}

function table(supported: readonly (readonly [ToldVerb, NoticeAbility])[], connection: Connection): readonly string[] {
  const rows = supported.map(([verb, call]) => {
    const twice = call.idempotent(connection) ? 'yes' : 'not assumed'
    const end = call.under(connection)?.status === undefined ? 'its answer' : 'its answer, then a status call'
    return `| ${VERBS[verb]} | ${takes(call)} | ${call.reversible ? 'yes' : '**no**'} | ${twice} | ${end} | [${call.certainty}] ${call.doc} |`
  })
  return [
    'What [notify](../notices.md) can send, with the settings of the sample. A call marked [B] or [C] stays off until the contract states how an operator verified it.',
    '',
    '| notice | identifiers | reversible | idempotent | result | source |',
    '|---|---|---|---|---|---|',
    ...rows,
  ]
}

function takes({ takes: classes }: NoticeAbility): string {
  return Object.entries(classes)
    .map(([name, kinds]) =>
      kinds === 'any' ? `\`${name}\`` : `\`${name}\` (${kinds.map((kind) => kind || 'plain').join(', ')})`,
    )
    .join(', ')
}

function example({ calls }: NoticeAbilities, connection: Connection): readonly string[] {
  for (const verb of TOLD_VERBS) {
    const call = calls[verb]
    const [first] = Object.entries(call?.takes ?? {})
    const encoder = call?.under(connection)
    if (first === undefined || encoder === undefined) continue
    const [name, kinds] = first
    const kind = kinds === 'any' ? (name === 'advertising_id' ? 'idfa' : '') : (kinds[0] ?? '')
    // Sound: the keys of `takes` are field classes.
    const identifier = { class: name as FieldClass, kind, value: VALUE, isPseudonym: false }
    const request = encoder.request({ ...SAMPLE, verb, identifier })
    if (request === undefined) continue
    const { method, origin, path, headers, body } = request
    return [
      `Example, ${VERBS[verb]}:`,
      '',
      '```',
      `${method} ${path}`,
      `Host: ${new URL(origin).host}`,
      ...Object.entries(headers).map(([header, value]) => `${header}: ${value}`),
      ...(request.sign === undefined ? [] : [`${request.sign.header}: ${request.sign.prefix}<HMAC of the body>`]),
      ...(body === '' ? [] : ['', body]),
      '```',
      ...(request.tokens ?? []).flatMap(({ name, claims }) => [
        '',
        `\`{{token:${name}}}\` is a JWT that the gateway signs (ES256), with \`iss\` and:`,
        '',
        '```json',
        JSON.stringify(claims),
        '```',
      ]),
    ]
  }
  return []
}
