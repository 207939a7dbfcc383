/** Where the judge sits: takes what is on disk and what arrived each time the gateway is down, and keeps what it finds. */
import { RULE_OPTIONS } from '../../src/ledger/verify/rules.ts'
import { verifyLedger } from '../../src/threads/ledger-verify.ts'
import type { Arrivals } from './arrivals.ts'
import { type CaseFile, type Finding, itemsOf } from './case-file.ts'
import { type Accounting, lostEvents, openBooks } from './judge-books.ts'
import { lateItems, sentAgain, unloggedItems } from './judge-items.ts'
import { readKeys } from './judge-keys.ts'
import { createNames } from './judge-names.ts'
import { readLedger, type Witnessed } from './ledger-witness.ts'
import { type ArrivedItem, createMatcher, type Matcher, type MatcherKeys } from './matcher.ts'
import type { SentEvent } from './people.ts'
import type { Memory } from './senders.ts'
import { TERMS } from './terms.ts'

export interface Bench {
  /** MUST be called while no gateway runs and nothing is on its way. Resolves to what it saw, in a line. */
  judge(): Promise<string>
  /** To be called with the books of a gateway that nothing was sent to since it started, or that has drained. */
  audit(accounting: Accounting): void
  /** After the last drain and `judge`. */
  close(accounting: Accounting): CaseFile
  add(findings: readonly Finding[]): void
  /** What a gateway wrote while it ran: its errors are counted. */
  hear(said: string): void
  /** Message of a log line at level error → how often it was heard. */
  complaints(): ReadonlyMap<string, number>
  findings(): readonly Finding[]
}

export function createBench(dataFolder: string, arrivals: Arrivals, memory: Memory): Bench {
  const found = new Map<string, Finding>()
  const complaints = new Map<string, number>()
  const records: Witnessed[] = []
  const items: ArrivedItem[] = []
  /** By the judge's name for them. */
  const events = new Map<string, SentEvent>()
  const names = createNames(dataFolder, [...TERMS.keys()])
  let tools: { readonly keys: MatcherKeys; readonly matcher: Matcher } | undefined
  let size = 0
  let judged = 0
  let cut = 0
  const add = (findings: readonly Finding[]): void => {
    for (const finding of findings) found.set(`${finding.kind} ${finding.says}`, finding)
  }
  /** Read when first needed: a gateway that is killed early enough has made no keys, and then it has sent nothing. */
  const requireTools = () => {
    if (tools === undefined) {
      const keys = readKeys(dataFolder, names.of, (eventRef) => events.get(eventRef)?.person.user)
      tools = { keys, matcher: createMatcher(keys) }
    }
    return tools
  }

  /** Only what is new is read: what was read before is on record for ever. */
  const read = async (): Promise<void> => {
    const ledger = await readLedger(dataFolder, size)
    size = ledger.size
    names.learn()
    const known = ledger.records.map(names.named)
    for (const record of known) records.push(record)
    const fresh = itemsOf(arrivals.list.slice(judged))
    judged = arrivals.list.length
    cut += fresh.cut
    if (ledger.records.length === 0 && fresh.items.length === 0) return
    const { keys, matcher } = requireTools()
    for (const event of [...memory.sent.values()].slice(events.size))
      events.set(keys.eventRefOf(event.messageId), event)
    matcher.know(known)
    for (const item of matcher.match(fresh.items)) items.push(item)
  }
  const caseFile = (): CaseFile => ({
    terms: TERMS,
    events,
    acknowledged: memory.acknowledged,
    optedOut: memory.optedOut,
    items,
    records,
  })

  return {
    judge: async () => {
      await read()
      const file = caseFile()
      add([...unloggedItems(file), ...lateItems(file), ...sentAgain(file)])
      const { verified, problems, openIntents } = await verifyLedger(dataFolder, { rules: RULE_OPTIONS })
      if (!verified && size > 0)
        add(problems.map(({ name, says }) => ({ kind: 'unlogged', says: `ledger: ${name}: ${says}` })))
      return [
        `${memory.acknowledged.size} acknowledged`,
        `${items.length} items in ${arrivals.list.length} requests (${cut} cut off)`,
        `ledger of ${size} ${verified ? 'verifies' : size > 0 ? 'does NOT verify' : 'not begun'}`,
        `${openIntents} under way`,
      ].join(', ')
    },
    audit: (accounting) => add(openBooks(accounting, memory.acknowledged.size, memory.receivedAtLeast)),
    close: (accounting) => {
      const file = caseFile()
      add(openBooks(accounting, memory.acknowledged.size, memory.receivedAtLeast))
      add(lostEvents(file, accounting))
      add(memory.thrownAway.map((says) => ({ kind: 'lost', says })))
      return file
    },
    add,
    hear: (said) => {
      for (const line of said.split('\n')) {
        const [, message] = /^\{"level":[56]0,.*"msg":"([^"]*)"\}$/.exec(line) ?? []
        if (message !== undefined) complaints.set(message, (complaints.get(message) ?? 0) + 1)
      }
    },
    complaints: () => complaints,
    findings: () => [...found.values()],
  }
}
