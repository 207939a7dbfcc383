/** A contract as a matrix: field classes by risk in rows, subjects' states in columns. */
import { LADDERS, NEVER_LEAVES } from '../../model/field-class.ts'
import type { AnswerOf } from '../api/client.ts'

export type SimulatedMatrix = AnswerOf<'simulateMatrix'>
export type Share = Readonly<Record<string, string | readonly number[]>>

/** From identifying a person to describing a phone. */
export const RISKS: readonly { readonly risk: string; readonly fields: readonly string[] }[] = [
  { risk: 'Names a person', fields: ['email', 'phone', 'name', 'address', 'birth_date', 'gender', 'receipt'] },
  {
    risk: 'Follows a person or device',
    fields: [
      'advertising_id',
      'vendor_id',
      'device_id',
      'user_id',
      'anonymous_id',
      'push_token',
      'partner_id',
      'click_id',
      'message_id',
    ],
  },
  { risk: 'Says where', fields: ['coordinates', 'ip', 'place'] },
  {
    risk: 'Describes',
    fields: ['user_agent', 'device', 'os', 'locale', 'timezone', 'carrier', 'network', 'time', 'url', 'referrer'],
  },
]

export interface Cell {
  /** `pass`, `24/48`, …; `nothing` if the field is not sent; `no event` if the event is not. */
  readonly treatment: string
  /** Reason code. */
  readonly why: string
}
export interface MatrixRow {
  readonly field: string
  readonly risk: string
  /** One per state. */
  readonly cells: readonly Cell[]
}
export interface ContractMatrix {
  readonly states: readonly string[]
  readonly rows: readonly MatrixRow[]
}

/** Rows for classes that the contract names or sends in any state. */
export function matrixOf(simulated: SimulatedMatrix, partner: string, named: readonly string[]): ContractMatrix {
  const said = simulated.rows.filter(({ kind }) => kind === 'said')
  const columns = said.map(({ cells }) => cells.find((cell) => cell.partner === partner))
  const leaves = new Set([...named, ...columns.flatMap((cell) => Object.keys(cell?.leaves ?? {}))])
  const rows = RISKS.flatMap(({ risk, fields }) =>
    fields
      .filter((field) => leaves.has(field))
      .map((field) => ({
        field,
        risk,
        cells: columns.map((cell) =>
          cell === undefined || cell.result === 'withheld'
            ? { treatment: 'no event', why: cell?.why ?? 'event_not_granted' }
            : { treatment: cell.leaves[field] ?? 'nothing', why: cell.reasons[field] ?? 'agreed' },
        ),
      })),
  )
  return { states: said.map(({ state }) => state), rows }
}

export interface LawGroup {
  readonly laws: readonly string[]
  readonly result: string
  readonly because: string
  /** Classes sent. */
  readonly leaves: string
}

/** Groups laws with the same result for the same subject. */
export function lawGroups(simulated: SimulatedMatrix, partner: string): readonly LawGroup[] {
  const groups = new Map<string, { laws: string[]; result: string; because: string; leaves: string }>()
  for (const { state, kind, cells } of simulated.rows) {
    const cell = cells.find((one) => one.partner === partner)
    if (kind !== 'law' || cell === undefined) continue
    const leaves = Object.entries(cell.leaves)
      .map(([field, treatment]) => `${field} ${treatment}`)
      .join(', ')
    const key = `${cell.result} ${cell.why} ${leaves}`
    const group = groups.get(key) ?? { laws: [], result: cell.result, because: cell.because, leaves }
    group.laws.push(state)
    groups.set(key, group)
  }
  return [...groups.values()].toSorted((a, b) => b.laws.length - a.laws.length)
}

/** Usual IP prefixes; a shorter one reveals less. */
const IP_CHOICES = ['32/128', '24/48', '16/32', '24/0']

/** Possible grants of a field, from nothing to everything. */
export function choicesOf(field: string): readonly string[] {
  const ladder: readonly string[] | 'ip' | undefined = (LADDERS as Record<string, readonly string[] | 'ip'>)[field]
  if (ladder === undefined) return []
  return ladder === 'ip'
    ? ['nothing', ...IP_CHOICES.toReversed()]
    : ladder.map((one) => (one === 'drop' ? 'nothing' : one))
}

/** Fields that can be granted and are not. */
export function grantable(share: Share, carries: Readonly<Record<string, string>>): readonly string[] {
  return RISKS.flatMap(({ fields }) => fields).filter(
    (field) =>
      !Object.hasOwn(share, field) && Object.hasOwn(carries, field) && !NEVER_LEAVES.some((one) => one === field),
  )
}

export function shareText(value: string | readonly number[] | undefined): string {
  if (value === undefined) return 'nothing'
  return typeof value === 'string' ? value : value.join('/')
}
