/** Constructors for a type's field map. */
import type { Json } from '../../model/brand.ts'
import type { FieldClass } from '../../model/field-class.ts'
import type {
  ConsentNode,
  FlagNode,
  JsonTextNode,
  ListNode,
  ObjectNode,
  OursNode,
  PlainForm,
  PlainNode,
  RelayNode,
  SignalTextName,
  TupleNode,
  ValueNode,
} from '../../model/relay-map.ts'

export function value(of: FieldClass, how: Omit<ValueNode, 'kind' | 'of'> = {}): ValueNode {
  return { kind: 'value', of, ...how }
}
export function plain(form: PlainForm): PlainNode {
  return { kind: 'plain', form }
}
export function consent(signal: SignalTextName, strictly?: ConsentNode['strictly']): ConsentNode {
  return { kind: 'consent', signal, ...(strictly === undefined ? {} : { strictly }) }
}
export function flag(write: FlagNode['write'], signal?: SignalTextName, read?: FlagNode['read']): FlagNode {
  return { kind: 'flag', write, ...(signal === undefined ? {} : { signal }), ...(read === undefined ? {} : { read }) }
}
export function ours(own: Json): OursNode {
  return { kind: 'ours', value: own }
}
export function object(
  members: Readonly<Record<string, RelayNode>>,
  how: Pick<ObjectNode, 'keep' | 'position' | 'isFromIp' | 'onlyFirst' | 'ifGiven'> = {},
): ObjectNode {
  return { kind: 'object', members, ...how }
}
export function list(of: RelayNode, how: Pick<ListNode, 'people' | 'orOne'> = {}): ListNode {
  return { kind: 'list', of, ...how }
}
export function tuple(blank: Json, ...of: readonly RelayNode[]): TupleNode {
  return { kind: 'tuple', of, blank }
}
export function jsonText(of: RelayNode, blank?: string): JsonTextNode {
  return { kind: 'json_text', of, ...(blank === undefined ? {} : { blank }) }
}
/** Members with the same plain form. */
export function plains(form: PlainForm, names: string): Readonly<Record<string, PlainNode>> {
  return Object.fromEntries(names.split(' ').map((name) => [name, plain(form)]))
}
/** Members of one class, with the same treatment. */
export function values(
  of: FieldClass,
  names: string,
  how: Omit<ValueNode, 'kind' | 'of'> = {},
): Readonly<Record<string, ValueNode>> {
  return Object.fromEntries(names.split(' ').map((name) => [name, value(of, how)]))
}

/** A query, header or body of which only listed names pass. */
export const NOTHING = object({})
/** The only header of the sender's own that passes: it describes the system. */
export const USER_AGENT = { 'user-agent': value('user_agent', { reduce: 'agent' }) } as const
