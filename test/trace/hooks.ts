/**
 * Loaded before anything else (`--import`), in every thread: notes each entry of a function of `src/` that is handed a
 * followed value, and from which file it was called. The sources are read, parsed and given one call a function as they are
 * loaded; nothing in `src/` knows of it.
 */
import { appendFileSync, readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { parseSync } from 'oxc-parser'

/** One crossing of the value from file to file, with the time it came at on the machine's clock. */
export interface Crossing {
  readonly at: number
  /** Below `src/`; undefined where nothing of ours called: a socket, a timer, a message. */
  readonly from: string | undefined
  readonly to: string
  /** The function that was handed the value, or that gave it back to one that had not handed it in. */
  readonly name: string
  readonly by: 'call' | 'return'
}

/** Where crossings go, a JSON line each, and which texts are followed, one a line. Undefined: nothing is noted. */
const { SLUICE_TRACE: OUT, SLUICE_TRACE_FORMS: FORMS } = process.env
const SRC = new URL('../../src/', import.meta.url).href
const ENTERED = '__sluiceEntered'
const RETURNS = '__sluiceReturns'
const HAD = '__sluiceHad'
/** Where a choice is sealed for the ledger. */
const SEALS = { file: 'choices/request-seal.ts', name: 'seal' }
/** A value is looked through this deep, and at most so many members of it. */
const DEEPEST = 7
const MOST_MEMBERS = 4_000

if (OUT !== undefined && FORMS !== undefined) {
  Error.stackTraceLimit = 30
  Object.assign(globalThis, notesIn(OUT, FORMS))
  registerHooks({
    load: (url, context, next) => {
      const loaded = next(url, context)
      if (!url.startsWith(SRC) || !url.endsWith('.ts')) return loaded
      return { ...loaded, source: instrumented(url.slice(SRC.length), String(loaded.source)) }
    },
  })
}

function notesIn(out: string, formsFile: string) {
  const follows = (value: unknown): boolean => {
    const forms = readFileSync(formsFile, 'utf8').split('\n').filter(Boolean)
    return forms.length > 0 && holds(value, forms)
  }
  const note = (crossing: Omit<Crossing, 'at'>): void => {
    if (crossing.from === crossing.to) return
    const at = performance.timeOrigin + performance.now()
    appendFileSync(out, `${JSON.stringify({ at, ...crossing })}\n`)
  }
  return {
    [ENTERED]: (file: string, name: string, values: readonly unknown[]): boolean => {
      const had = follows(values)
      if (had) note({ from: callerOf(), to: file, name, by: 'call' })
      return had
    },
    [RETURNS]: <T>(had: boolean, file: string, name: string, value: T): T => {
      // From here on the value goes by another form, too.
      if (had && file === SEALS.file && name === SEALS.name)
        appendFileSync(formsFile, `\n${String(value).toLowerCase()}`)
      if (had) return value
      const to = callerOf()
      const look = (given: unknown): void => {
        if (to !== undefined && follows(given)) note({ from: file, to, name, by: 'return' })
      }
      if (value instanceof Promise) value.then(look, () => undefined)
      else look(value)
      return value
    },
  }
}

/** The nearest frame of `src/` below the function that noted, one that awaits it included. */
function callerOf(): string | undefined {
  const frames = (new Error().stack ?? '').split('\n').slice(1)
  const ours = frames.flatMap((frame) => {
    const at = frame.indexOf(SRC)
    return at < 0 ? [] : [frame.slice(at + SRC.length).replace(/:\d+:\d+\)?$/, '')]
  })
  return ours[1]
}

function holds(value: unknown, forms: readonly string[]): boolean {
  let members = 0
  const inText = (text: string): boolean => {
    const lower = text.toLowerCase()
    return forms.some((form) => lower.includes(form))
  }
  const look = (one: unknown, depth: number): boolean => {
    if (typeof one === 'string') return one.length >= 16 && inText(one)
    if (typeof one !== 'object' || one === null || depth > DEEPEST || members++ > MOST_MEMBERS) return false
    // Empty where it was handed on to another thread.
    if (ArrayBuffer.isView(one))
      return one.byteLength > 0 && inText(Buffer.from(one.buffer, one.byteOffset, one.byteLength).toString('latin1'))
    if (one instanceof ArrayBuffer) return !one.detached && inText(Buffer.from(one).toString('latin1'))
    if (one instanceof Map) return [...one].some((pair) => look(pair, depth + 1))
    if (one instanceof Set) return [...one].some((member) => look(member, depth + 1))
    return Object.values(one).some((member) => look(member, depth + 1))
  }
  return look(value, 0)
}

type Node = { readonly type: string; readonly start: number; readonly end: number } & Readonly<Record<string, unknown>>

/** The source with a note at the begin of every function, of what its parameters are bound to, and at every return. */
function instrumented(file: string, text: string): string {
  const insertions: { readonly at: number; readonly text: string }[] = []
  const around = ({ start, end }: Node, call: string): void => {
    insertions.push({ at: start, text: `${call},` }, { at: end, text: ')' })
  }
  const visit = (value: unknown, name: string): void => {
    if (Array.isArray(value)) {
      for (const one of value) visit(one, name)
      return
    }
    if (!isNode(value)) return
    const own = nameOf(value) ?? name
    const where = `${JSON.stringify(file)}, ${JSON.stringify(own)}`
    if (FUNCTION.test(value.type) && isNode(value.body)) {
      const call = `globalThis.${ENTERED}(${where}, [${boundBy(value.params).join()}])`
      const { body } = value
      if (body.type === 'BlockStatement') insertions.push({ at: body.start + 1, text: `const ${HAD} = ${call};` })
      else around(body, `globalThis.${RETURNS}(${call}, ${where}`)
    }
    if (value.type === 'ReturnStatement' && isNode(value.argument))
      around(value.argument, ` globalThis.${RETURNS}(${HAD}, ${where}`)
    for (const [key, member] of Object.entries(value)) if (key !== 'type') visit(member, own)
  }
  visit(parseSync(file, text, { preserveParens: true }).program, '')
  // From the end on; of several at one place what ends comes before what begins, the inner one first.
  return insertions
    .map((one, order) => ({ ...one, order, ends: one.text === ')' }))
    .toSorted(
      (a, b) => b.at - a.at || Number(a.ends) - Number(b.ends) || (a.ends ? a.order - b.order : b.order - a.order),
    )
    .reduce((whole, { at, text: added }) => whole.slice(0, at) + added + whole.slice(at), text)
}

const FUNCTION = /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/

function nameOf(node: Node): string | undefined {
  const named = node.type === 'Property' || node.type === 'MethodDefinition' ? node.key : node.id
  return isNode(named) && typeof named.name === 'string' ? named.name : undefined
}

/** The names that parameters bind. */
function boundBy(params: unknown): string[] {
  if (Array.isArray(params)) return params.flatMap(boundBy)
  if (!isNode(params)) return []
  switch (params.type) {
    case 'Identifier':
      return params.name === 'this' ? [] : [String(params.name)]
    case 'AssignmentPattern':
      return boundBy(params.left)
    case 'RestElement':
      return boundBy(params.argument)
    case 'ArrayPattern':
      return boundBy(params.elements)
    case 'ObjectPattern':
      return boundBy(params.properties)
    case 'Property':
      return boundBy(params.value)
    default:
      return []
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}
