/** A contract's text and its values: one document, edited as a matrix or as text. */
import { type Document, parseDocument } from 'yaml'
import type { Share } from './matrix.ts'

export interface Terms {
  readonly share: Share
  readonly restricted: Share
  readonly sendsRestricted: string
}

/** Undefined if the text is not YAML. */
export function termsIn(text: string): Terms | undefined {
  const document = parseDocument(text)
  if (document.errors.length > 0) return undefined
  const value: unknown = document.toJS()
  const { share, when_restricted: restricted } = (value ?? {}) as Readonly<
    Record<string, Readonly<Record<string, unknown>>>
  >
  return {
    share: shareOf(share),
    restricted: shareOf(restricted?.share),
    sendsRestricted: typeof restricted?.send === 'string' ? restricted.send : 'nothing',
  }
}

/** Sets one value, keeping comments and order; `nothing` removes the key. */
export function withTreatment(text: string, where: 'share' | 'restricted', field: string, treatment: string): string {
  const document = parseDocument(text)
  const path = where === 'share' ? ['share', field] : ['when_restricted', 'share', field]
  if (treatment === 'nothing') removeIn(document, path)
  else document.setIn(path, nodeOf(treatment, document))
  return document.toString({ lineWidth: 0 })
}

/** The events named by a contract; none if the text is not YAML. */
export function eventsIn(text: string): readonly string[] {
  const document = parseDocument(text)
  if (document.errors.length > 0) return []
  const { events } = (document.toJS() ?? {}) as { readonly events?: unknown }
  return typeof events === 'object' && events !== null ? Object.keys(events) : []
}

/**
 * Adds an event, or a property of one, under its own name, which the editor may change. Returns the text unchanged if it is not
 * YAML or already names it.
 */
export function withName(text: string, event: string, property: string): string {
  const document = parseDocument(text)
  if (document.errors.length > 0) return text
  const path = property === '' ? ['events', event] : ['events', event, 'properties', property]
  if (document.hasIn(path)) return text
  if (property === '') document.setIn(path, document.createNode({ as: wordOf(event), properties: {} }, { flow: true }))
  else {
    const taken = document.getIn(['events', event, 'properties'])
    if (taken === undefined) document.setIn(['events', event, 'properties'], document.createNode({}, { flow: true }))
    document.setIn(path, nameAt(document, event, property))
  }
  return document.toString({ lineWidth: 0 })
}

/** `Order Completed` → `order_completed`. */
function wordOf(event: string): string {
  return event
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_|_$/g, '')
}

/** The last step of the path, or the whole path if another property has that name at the partner. */
function nameAt(document: Document, event: string, property: string): string {
  const steps = property.replaceAll('[]', '').split('.')
  const named = (document.toJS() as { events?: Record<string, { properties?: Record<string, string> }> }).events
  const taken = Object.values(named?.[event]?.properties ?? {})
  const last = wordOf(steps.at(-1) ?? property)
  return taken.includes(last) ? steps.map(wordOf).join('_') : last
}

/** Copies another partner's contract under a new id, which is also its initial name. */
export function renamed(text: string, id: string): string {
  const document = parseDocument(text)
  document.set('id', id)
  document.set('name', id)
  return document.toString({ lineWidth: 0 })
}

function removeIn(document: Document, path: readonly string[]): void {
  if (document.hasIn(path)) document.deleteIn(path)
}

function nodeOf(treatment: string, document: Document): unknown {
  const prefixes = /^(\d+)\/(\d+)$/.exec(treatment)
  return prefixes === null ? treatment : document.createNode([Number(prefixes[1]), Number(prefixes[2])], { flow: true })
}

function shareOf(value: unknown): Share {
  if (typeof value !== 'object' || value === null) return {}
  return Object.fromEntries(
    Object.entries(value).filter(([, treatment]) => typeof treatment === 'string' || Array.isArray(treatment)),
  ) as Share
}
