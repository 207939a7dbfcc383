/** `sluice why`: why a partner did or did not receive an event, with contract line and revision. */
import { Command } from 'commander'
import type { WhyPair } from '../control/why.ts'
import { print } from './control/print.ts'
import { callStaff, orRefuse, type StaffFlags, StaffRefused, withStaffFlags } from './control/staff.ts'
import { tint } from './terminal.ts'

interface Flags extends StaffFlags {
  readonly partner?: string
  readonly at?: string
}
interface Answer {
  readonly event?: { readonly app: string; readonly event: string; readonly received_at: string }
  readonly pairs: readonly WhyPair[]
}

export function whyCommand(): Command {
  return withStaffFlags(new Command('why'))
    .description(
      'Says why each partner got an event, or did not: the reason of every field, the contract’s line, the revision. By messageId, or by partner and time. For auditors and privacy officers; on record.',
    )
    .argument('[MESSAGE_ID]', 'the event’s messageId')
    .option('--partner <id>', 'this partner alone')
    .option('--at <time>', 'with --partner: the record nearest to this time (ISO 8601)')
    .action((messageId: string | undefined, flags: Flags) => orRefuse(() => ask(messageId, flags)))
}

async function ask(messageId: string | undefined, { partner, at, ...flags }: Flags): Promise<void> {
  if ((messageId === undefined) === (at === undefined) || (at !== undefined && partner === undefined))
    throw new StaffRefused('Name a messageId, or say --partner and --at.')
  const time = Date.parse(at ?? '')
  if (at !== undefined && Number.isNaN(time)) throw new StaffRefused('--at is not a time; write 2026-01-31T12:00:00Z')
  const body = at === undefined ? { message_id: messageId, partner } : { partner, at: new Date(time).toISOString() }
  const pairs: WhyPair[] = []
  let answer: Answer & { readonly next?: string }
  let rest = {}
  do {
    answer = await callStaff<Answer>(flags, 'POST', 'why', { ...body, ...rest })
    pairs.push(...answer.pairs)
    rest = { cursor: answer.next }
  } while (answer.next !== undefined)
  const { event } = answer
  print(flags, { ...(event && { event }), pairs }, whyLines)
}

function* whyLines({ event, pairs }: Answer): Generator<string> {
  if (event !== undefined) yield `${tint('strong', event.event)} of ${event.app}, received ${event.received_at}`
  for (const pair of pairs) yield* pairLines(pair)
}

const WORDS: Readonly<Record<WhyPair['result'], string>> = {
  sent: 'sent',
  withheld: 'withheld',
  not_routed: 'not for it',
  no_record: 'no record',
  erased: 'erased',
}

function* pairLines({ partner, result, says, line, record, outcome, explanation }: WhyPair): Generator<string> {
  const at = record?.time === undefined ? '' : `, ${new Date(record.time).toISOString()}`
  const end = outcome === undefined ? '' : `, ${outcome.kind}`
  yield ''
  yield `${tint('strong', partner)}  ${tint(result === 'sent' ? 'warning' : 'good', WORDS[result])}${at}${end}: ${says}`
  if (line !== undefined) yield `  ${placeOf(line)}, revision ${line.revision}`
  if (explanation === undefined) return
  const { verdict, fields, again } = explanation
  yield `  law ${verdict.regime}; ${verdict.bits.join(', ') || 'nothing allowed'}`
  for (const { field, treatment, says: because, line: own } of fields)
    yield `  ${field.padEnd(16)} ${treatment.padEnd(10)} ${because}${own === undefined ? '' : tint('faint', `  ${placeOf(own)}`)}`
  yield again.same
    ? '  Decided again today: the same.'
    : tint('warning', `  Decided again today: ${again.differences.join('; ')}`)
}

function placeOf({ file, lineNumber, pointer }: NonNullable<WhyPair['line']>): string {
  return file === undefined ? pointer : `${file}:${lineNumber}`
}
