/**
 * A verifier for what Sluice hands out: a receipt, a person's statement, an evidence pack, the list of a cluster's cells. Written from docs/ledger-format.md,
 * docs/ledger-verify.md, docs/receipts.md and docs/evidence-packs.md alone; it uses no other file of Sluice and no network.
 *
 *     node verify.mjs receipt FILE TRUST
 *     node verify.mjs statement FILE TRUST
 *     node verify.mjs pack FILE TRUST [--seed TEXT] [--checkpoint FILE]
 *     node verify.mjs roster FILE TRUST
 *
 * TRUST holds verifier keys, one a line. Exit 0: verified, and the sentence says what. Exit 1: refused, and the sentence says why.
 */
import { createHash, createHmac, createPublicKey, verify as verifySignature } from 'node:crypto'

/** Why something does not verify: the message is the sentence. */
export class Refused extends Error {}
const refuse = (sentence) => {
  throw new Refused(sentence)
}
const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest()
const DAY_MS = 86_400_000

// Keys, signed notes and checkpoints: C2SP signed-note and tlog-checkpoint.

export function trustedKeys(text) {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'))
  return lines.map((line) => {
    const [, name, id, encoded] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/u.exec(line.trim()) ?? []
    const typed = Buffer.from(encoded ?? '', 'base64')
    if (typed.length !== 33 || typed[0] !== 1) refuse('A line of the trust file is no Ed25519 verifier key.')
    if (sha256(`${name}\n`, typed).toString('hex', 0, 4) !== id)
      refuse('A key of the trust file does not match its id.')
    const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), typed.subarray(1)])
    return { name, id, key: createPublicKey({ key: der, format: 'der', type: 'spki' }) }
  })
}

/** The text of a note that a trusted key signed, and the names of the keys that did. */
function openNote(note, keys, what) {
  const split = typeof note === 'string' ? note.lastIndexOf('\n\n') : -1
  if (split < 0) refuse(`The ${what} is no signed note.`)
  const text = note.slice(0, split + 1)
  const by = []
  const lines = note.slice(split + 2).split('\n')
  if (lines.pop() !== '' || lines.length === 0) refuse(`The ${what} is no signed note.`)
  for (const line of lines) {
    const [, name, encoded] = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/u.exec(line) ?? []
    if (name === undefined) refuse(`The ${what} has a malformed signature line.`)
    const bytes = Buffer.from(encoded, 'base64')
    const known = keys.find((key) => key.name === name && key.id === bytes.toString('hex', 0, 4))
    if (known === undefined || by.includes(name)) continue
    if (!verifySignature(null, Buffer.from(text), known.key, bytes.subarray(4)))
      refuse(`The signature of the ${what} does not fit its text.`)
    by.push(name)
  }
  if (by.length === 0) refuse(`The ${what} is signed by no key that you trust.`)
  return { text, by }
}

function openCheckpoint(note, keys) {
  const { text, by } = openNote(note, keys, 'checkpoint')
  const [origin, size, root] = text.split('\n')
  if (!/^(0|[1-9][0-9]{0,15})$/u.test(size ?? '') || !/^[A-Za-z0-9+/]{43}=$/u.test(root ?? ''))
    refuse('The checkpoint is malformed.')
  if (!by.includes(origin)) refuse('The checkpoint is of one ledger and signed for another.')
  return { origin, size: Number(size), root: Buffer.from(root, 'base64'), rootText: root }
}

// The tree: RFC 9162 section 2.1.3.2.

function rootOf(leaf, index, size, path) {
  if (!(Number.isSafeInteger(index) && index >= 0 && index < size)) return undefined
  let [fn, sn, root] = [BigInt(index), BigInt(size - 1), sha256(Buffer.of(0), leaf)]
  for (const hash of path) {
    if (sn === 0n) return undefined
    if ((fn & 1n) === 1n || fn === sn) {
      root = sha256(Buffer.of(1), hash, root)
      while ((fn & 1n) === 0n && fn !== 0n) [fn, sn] = [fn >> 1n, sn >> 1n]
    } else root = sha256(Buffer.of(1), root, hash)
    ;[fn, sn] = [fn >> 1n, sn >> 1n]
  }
  return sn === 0n ? root : undefined
}

function requireInTree(leaf, index, checkpoint, path, what) {
  if (rootOf(leaf, index, checkpoint.size, path)?.equals(checkpoint.root) !== true)
    refuse(`The proof of ${what} does not lead from its record to the signed root.`)
}

/** C2SP tlog-proof. Resolves to where the leaf lies, in a ledger that a trusted key signed. */
function openProof(text, leaf, keys, what) {
  const form =
    /^c2sp\.org\/tlog-proof@v1\n(?:extra [A-Za-z0-9+/]*={0,2}\n)?index (0|[1-9][0-9]{0,15})\n((?:[A-Za-z0-9+/]{43}=\n)*)\n/u
  const head = typeof text === 'string' ? form.exec(text) : null
  if (head === null) refuse(`The proof of ${what} is no tlog-proof.`)
  const checkpoint = openCheckpoint(text.slice(head[0].length), keys)
  const index = Number(head[1])
  const lines = head[2] === '' ? [] : head[2].trimEnd().split('\n')
  requireInTree(
    leaf,
    index,
    checkpoint,
    lines.map((line) => Buffer.from(line, 'base64')),
    what,
  )
  return { index, size: checkpoint.size, origin: checkpoint.origin }
}

// A leaf: docs/ledger-format.md.

const KINDS =
  ' intent outcome withheld control request notice notice_outcome notice_end receipt case by_hand cell'.split(' ')
const OF_A_DAY = ['notice', 'notice_outcome', 'notice_end', 'receipt', 'case', 'by_hand']
const OUTCOMES =
  ' delivered refused failed_before_write unknown_after_write cancelled_not_sent unresolved_assume_disclosed'.split(' ')
const ROLES = ' third_party service_provider'.split(' ')
const PURPOSES = 'advertising measurement analytics fraud_prevention service'.split(' ')
const REASONS = (
  ' stopped never_leaves child guard contract_ended - event_not_granted choice signal_invalid gpc us_privacy gpp tcf category' +
  ' dnt att lmt zeroed_id location_permission consent_missing regime not_opted_in precise_location no_identity rollout' +
  ' type_cannot_carry - generalised not_granted agreed sensitive category_unmapped lapsed erased integrations not_fresh'
).split(' ')
const LEVELS = {
  id: 'drop pseudonym pass',
  coordinates: 'drop 5000km2 500km2 50km2 5km2 pass',
  place: 'drop country region city postal',
  whole: 'drop pass',
  reduced: 'drop reduced pass',
  time: 'drop day hour pass',
  origin: 'drop origin pass',
  never: 'drop',
}
const CLASSES = (
  ' advertising_id:id vendor_id:id device_id:id user_id:id anonymous_id:id push_token:id partner_id:id click_id:id' +
  ' message_id:id ip:ip coordinates:coordinates place:place email:whole phone:whole name:whole address:whole' +
  ' birth_date:whole gender:whole user_agent:reduced device:reduced os:reduced locale:reduced timezone:reduced' +
  ' carrier:reduced network:reduced time:time url:origin referrer:origin receipt:whole property:whole hardware_id:never' +
  ' contacts:never message_content:never media:never face_data:never payment:never'
)
  .split(' ')
  .map((entry) => ({ name: entry.split(':')[0], levels: LEVELS[entry.split(':')[1]]?.split(' ') }))

/** Reads a leaf from front to back; whatever is not as the format says is refused by the format's own name for it. */
export function readLeaf(leaf) {
  let at = 0
  const bad = (name) => refuse(`A record is malformed: ${name}.`)
  const bytes = (count) => {
    if (at + count > leaf.length) bad('cut_short')
    at += count
    return leaf.subarray(at - count, at)
  }
  const number = (count) => bytes(count).readUIntBE(0, count)
  const text = (lengthBytes = 1) => {
    const raw = bytes(number(lengthBytes))
    const found = raw.toString('utf8')
    return Buffer.from(found).equals(raw) ? found : bad('not_text')
  }
  const word = (list) => {
    const found = list[number(1)]
    return found === undefined || found === '' || found === '-' ? bad('number_unknown') : found
  }
  const facts = () => {
    const found = new Map()
    for (let left = number(1); left > 0; left--) {
      const name = text()
      const type = number(1)
      found.set(name, type === 1 ? text(2) : type === 2 ? bytes(8).readDoubleBE() : bad('number_unknown'))
    }
    return found
  }
  const treatments = () => {
    const half = [...bytes(number(1))].flatMap((byte) => [byte >> 4, byte & 15])
    const found = {}
    half.forEach((value, place) => {
      if (value === 0) return
      const known = CLASSES[place + 1] ?? bad('number_unknown')
      if (known.name === 'ip') {
        const [v4, v6] = [number(1), number(1)]
        found.ip = v4 === 32 && v6 === 128 ? 'pass' : v4 + v6 === 0 ? 'drop' : `${v4}/${v6}`
      } else found[known.name] = known.levels[value - 1] ?? bad('out_of_range')
    })
    return found
  }
  const terms = () => ({
    partner: text(),
    app: text(),
    event: text(2),
    revision: number(4),
    regime: text(),
    why: word(REASONS),
  })
  const fixed = () => ({
    id: uuid(bytes(16)),
    reference: bytes(16).toString('hex'),
    epoch: number(2),
    blind: bytes(16),
    commitment: bytes(32).toString('hex'),
    bytes: number(4),
    attempt: number(2),
  })
  const bodies = {
    intent: () => ({
      ...fixed(),
      ...terms(),
      digest: bytes(4).toString('hex'),
      acceptedRevision: number(4),
      type: text(),
      verdict: number(2),
      role: word(ROLES),
      purposes: bits(number(2)),
      countries: Array.from({ length: number(1) }, () => bytes(2).toString('latin1')),
      treatments: treatments(),
    }),
    outcome: () => {
      const ids = { id: uuid(bytes(16)), reference: bytes(16).toString('hex'), attempt: number(2) }
      bytes(5)
      const [partner, outcome] = [text(), word(OUTCOMES)]
      if (outcome === 'delivered') number(2)
      else if (outcome === 'refused') {
        number(2)
        if ((number(1) & 2) !== 0) number(4)
      } else if (outcome === 'failed_before_write' || outcome === 'unknown_after_write') text()
      else if (outcome === 'cancelled_not_sent') word(REASONS)
      return { ...ids, partner, outcome }
    },
    withheld: (flags) => {
      const reference = bytes(16).toString('hex')
      return { reference, count: (flags & 1) === 1 ? number(4) : 1, ...terms() }
    },
    notice: () => ({
      ...fixed(),
      partner: text(),
      type: text(),
      revision: number(4),
      verb: number(1),
      class: number(1),
    }),
    action: () => {
      bytes(16)
      return { action: text(), facts: facts() }
    },
  }
  if (![3, 4].includes(number(1))) bad('version_unknown')
  const kindNumber = number(1)
  const kind = KINDS[kindNumber] ?? (kindNumber >= 64 && kindNumber <= 127 ? 'later' : '')
  if (kind === '') bad('kind_unknown')
  const flags = number(1)
  const head = { kind, seq: number(6), time: number(6) }
  if (OF_A_DAY.includes(kind) && head.time % DAY_MS !== 0) bad('out_of_range')
  const body = kind === 'notice_outcome' ? 'outcome' : kind in bodies ? kind : 'action'
  const record = { ...head, ...bodies[body](flags) }
  if ((flags & 8) !== 0) facts()
  if ((flags & 4) !== 0) bytes(number(2))
  return at === leaf.length ? record : bad('trailing_bytes')
}

const uuid = (raw) => raw.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/u, '$1-$2-$3-$4-$5')
const bits = (sum) => PURPOSES.filter((_, bit) => (sum & (1 << bit)) !== 0)
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other)
const sorted = (object) => Object.entries(object).sort(([one], [other]) => (one < other ? -1 : 1))
const leafIn = (text, what) =>
  typeof text === 'string' && text !== '' ? Buffer.from(text, 'base64') : refuse(`${what} comes without its record.`)

// A receipt: docs/receipts.md.

export function verifyReceipt(receipt, keys) {
  const { id, promise, leaf, identities, salt, proof } = receipt ?? {}
  if (typeof salt !== 'string' || !Array.isArray(identities)) refuse('This is no receipt.')
  const { text, by } = openNote(promise, keys, 'promise')
  const names = ['id', 'origin', 'time', 'verb', 'policy', 'subject', 'record', 'index', 'within']
  const [first, ...lines] = text.trimEnd().split('\n')
  const said = {}
  for (const [at, name] of names.entries())
    said[name] = lines[at]?.startsWith(`${name} `)
      ? lines[at].slice(name.length + 1)
      : refuse('The promise is malformed.')
  if (first !== 'sluice receipt v1' || lines.length !== names.length) refuse('The promise is malformed.')
  if (!by.includes(said.origin)) refuse('The promise is of one ledger and signed for another.')
  if (said.id !== id) refuse('The receipt has another id than its promise.')
  const subject = sha256(JSON.stringify(identities), Buffer.from(salt, 'hex')).toString('hex')
  if (subject !== said.subject)
    refuse('The receipt is about somebody else: identities and salt do not give its subject.')
  const bytes = leafIn(leaf, 'The receipt')
  if (sha256(Buffer.of(0), bytes).toString('hex') !== said.record)
    refuse('The record is not the one that was promised.')
  const { kind, action, facts, seq, time } = readLeaf(bytes)
  const day = Date.parse(said.time) - (Date.parse(said.time) % DAY_MS)
  if (kind !== 'receipt' || action !== said.verb || seq !== Number(said.index) || time !== day)
    refuse('The record says something else than the promise.')
  if (facts.get('subject') !== said.subject || facts.get('policy') !== said.policy)
    refuse('The record says something else than the promise.')
  if (proof === undefined) refuse('The promise is good, and the receipt has no proof yet: fetch it and look again.')
  const proved = openProof(proof, bytes, keys, 'the receipt')
  if (proved.index !== seq || proved.origin !== said.origin) refuse('The proof is of another record.')
  return `The receipt is good: ${said.verb} at ${said.time}, under the policy of ${said.policy}, is record ${seq} of ${said.origin}.`
}

// A person's statement: docs/ledger-verify.md, "Check what you were told about yourself".

export function verifyStatement(statement, keys) {
  const { disclosures, keys: own } = statement ?? {}
  if (!Array.isArray(disclosures) || !Array.isArray(own)) refuse('This is no statement with the person’s keys.')
  const seen = new Set()
  for (const one of disclosures) {
    const what = `disclosure ${one.id}`
    const leaf = leafIn(one.leaf, `The ${what}`)
    const record = readLeaf(leaf)
    if (record.kind !== 'intent' || record.id !== one.id || record.seq !== one.seq)
      refuse(`The record of ${what} is another one’s.`)
    const isTheirs = own.some(
      ({ epoch, key }) => epoch === record.epoch && blindOf(key, record.id).equals(record.blind),
    )
    if (!isTheirs) refuse(`The record of ${what} is about somebody else.`)
    if (one.recipient !== undefined) requireSaid(one, record, what)
    if (openProof(one.proof, leaf, keys, what).index !== record.seq)
      refuse(`The proof of ${what} is of another record.`)
    if (seen.has(record.seq)) refuse(`The statement names ${what} twice.`)
    seen.add(record.seq)
  }
  return `${disclosures.length} disclosures are proved, and each is about this person. Whether any is missing takes the ledger’s records.`
}

const blindOf = (key, id) =>
  createHmac('sha256', Buffer.from(key, 'base64'))
    .update(Buffer.from(id.replaceAll('-', ''), 'hex'))
    .digest()
    .subarray(0, 16)

function requireSaid(one, record, what) {
  const treatments = Object.fromEntries((one.fields ?? []).map(({ field, treatment }) => [field, treatment]))
  const says = [one.recipient, one.event, one.at, one.law, one.revision, one.why?.code, one.purposes, one.countries]
  const { partner, event, time, regime, revision, why, purposes, countries } = record
  const is = [partner, event, new Date(time).toISOString(), regime, revision, why, purposes, countries]
  if (!same(says, is) || !same(sorted(treatments), sorted(record.treatments)))
    refuse(`The words of ${what} are not those of its record.`)
}

// An evidence pack: docs/evidence-packs.md.

const NOT_SENT = ['cancelled_not_sent', 'failed_before_write']

/**
 * @param lines the file's lines, an iterable or async iterable: a pack may be larger than memory
 * @param asked what you asked for or remember: `seed`, and a `checkpoint` whose tree the sample must be drawn from
 */
export async function verifyPack(lines, keys, asked = {}) {
  const digest = createHash('sha256')
  let pack
  let end
  let count = 0
  for await (const line of lines) {
    if (end !== undefined) refuse('Something follows the end of the pack.')
    const value = jsonIn(line, count + 1)
    if (pack === undefined) pack = openPack(value, keys, asked)
    else if (value.end !== undefined) end = value
    else pack.take(value)
    if (end === undefined) digest.update(`${line}\n`)
    count++
  }
  if (pack === undefined) refuse('The pack is empty.')
  if (end === undefined) refuse('The pack has no end: it was cut off.')
  const { text, by } = openNote(end.signed, keys, 'end of the pack')
  const { origin, kind, made } = pack.header
  const signed = ['sluice pack v1', `origin ${origin}`, `kind ${kind}`, `time ${made}`, `lines ${count - 1}`]
  if (text !== [...signed, `digest ${digest.digest('hex')}`, ''].join('\n'))
    refuse('The signature is of another pack: a line was changed, moved, added or left out.')
  if (!by.includes(origin)) refuse('The pack is of one ledger and signed for another.')
  return pack.conclude(end.end)
}

function jsonIn(line, number) {
  try {
    return JSON.parse(line)
  } catch {
    return refuse(`Line ${number} is no JSON.`)
  }
}

function openPack(header, keys, asked) {
  const kinds = { sample: sampleCheck, breach: breachCheck }
  if (header?.sluice !== 'pack v1' || !Object.hasOwn(kinds, header.kind)) refuse('This is no pack of a known kind.')
  const checkpoint = openCheckpoint(header.checkpoint, keys)
  if (checkpoint.origin !== header.origin) refuse('The checkpoint is of another ledger than the pack.')
  return { header, ...kinds[header.kind](header, checkpoint, asked, keys) }
}

/** The record of a line, proved, and its outcome where there is one, proved too and of this record. */
function provedRecord(line, checkpoint) {
  const what = `record ${line.record}`
  const record = provedLeaf(line, checkpoint, what)
  if (line.outcome === undefined) return { record, outcome: undefined }
  const outcome = provedLeaf(line.outcome, checkpoint, `the outcome of ${what}`)
  if (record.kind !== 'intent' || outcome.kind !== 'outcome' || outcome.id !== record.id)
    refuse(`The outcome of ${what} is another one’s.`)
  return { record, outcome: outcome.outcome }
}

function provedLeaf({ record: index, leaf, proof }, checkpoint, what) {
  const bytes = leafIn(leaf, `The line of ${what}`)
  if (!Array.isArray(proof)) refuse(`The line of ${what} has no proof.`)
  requireInTree(
    bytes,
    index,
    checkpoint,
    proof.map((hash) => Buffer.from(hash, 'base64')),
    what,
  )
  const record = readLeaf(bytes)
  return record.seq === index ? record : refuse(`The line of ${what} has another record’s number.`)
}

function requireSays(says, record, outcome) {
  if (record.kind !== 'intent') return
  const { partner, app, event, time, regime, why, role, purposes, countries, revision, treatments } = record
  const at = new Date(time).toISOString()
  const is = { at, partner, app, event, law: regime, why, role, purposes, countries, revision, treatments }
  if (
    !same(
      sorted({ ...says, treatments: sorted(says?.treatments ?? {}) }),
      sorted({ ...is, treatments: sorted(treatments), outcome: outcome ?? 'open' }),
    )
  )
    refuse(`The words of record ${record.seq} are not those of the record.`)
}

/** Which record is drawn at step `n`: nobody chooses it who cannot choose the root of a tree. */
export function drawn(rootText, seed, n, floor, size) {
  const hash = sha256(`sluice sample v1\n${rootText}\n${seed}\n${n}\n`)
  return floor + Number(hash.readBigUInt64BE() % BigInt(size - floor))
}

function sampleCheck(header, checkpoint, asked, keys) {
  const { seed, floor, wanted, draws } = header
  if (typeof seed !== 'string' || !(Number.isSafeInteger(floor) && floor >= 0 && floor < checkpoint.size))
    refuse('The head of the sample is malformed.')
  if (asked.seed !== undefined && asked.seed !== seed) refuse('The sample was drawn with another seed than yours.')
  if (asked.checkpoint !== undefined && !openCheckpoint(asked.checkpoint, keys).root.equals(checkpoint.root))
    refuse('The sample was drawn from another tree than the checkpoint that you remember.')
  const seen = new Set()
  let [step, disclosures] = [0, 0]
  const isDone = () => disclosures === wanted || step === draws || seen.size === checkpoint.size - floor
  return {
    take: (line) => {
      let due
      do {
        if (isDone()) refuse(`Record ${line.record} was not drawn: the sample was complete before it.`)
        due = drawn(checkpoint.rootText, seed, step++, floor, checkpoint.size)
      } while (seen.has(due))
      seen.add(due)
      if (line.record !== due) refuse(`Record ${due} was drawn, and the pack shows record ${line.record} in its place.`)
      const { record, outcome } = provedRecord(line, checkpoint)
      requireSays(line.says, record, outcome)
      if (record.kind === 'intent') disclosures++
    },
    conclude: () => {
      while (!isDone())
        if (!seen.has(drawn(checkpoint.rootText, seed, step++, floor, checkpoint.size)))
          refuse('The sample ends before it is complete.')
      return `The sample is good: ${disclosures} disclosures among ${seen.size} records, drawn from records ${floor} to ${checkpoint.size - 1} of ${checkpoint.origin} with the seed "${seed}".`
    },
  }
}

function breachCheck(header, checkpoint) {
  const { partner, from, to } = header
  let last = -1
  let [records, people, ofPeople] = [0, 0, 0]
  return {
    take: (line) => {
      if (line.person !== undefined) {
        people++
        ofPeople += line.disclosures
        return
      }
      const { record, outcome } = provedRecord(line, checkpoint)
      const isMeant = record.kind === 'intent' && record.partner === partner && !NOT_SENT.includes(outcome)
      if (!isMeant || record.time < Date.parse(from) || record.time >= Date.parse(to))
        refuse(`Record ${record.seq} is no disclosure to ${partner} between ${from} and ${to}.`)
      if (record.seq <= last) refuse(`Record ${record.seq} is not in the ledger’s order, or is there twice.`)
      last = record.seq
      requireSays(line.says, record, outcome)
      records++
    },
    conclude: (end) => {
      if (!same([end?.records, end?.people], [records, people]) || ofPeople + end.of_nobody !== records)
        refuse('The counts at the end are not those of the pack.')
      return `The pack is good: ${records} disclosures to ${partner} between ${from} and ${to}, to ${people} people; ${end.of_nobody} are tied to nobody. Whether any is missing takes the ledger’s records.`
    },
  }
}

// The list of a cluster's cells: docs/ledger-format.md, CELL, and docs/ledger.md.

export function verifyRoster(list, keys) {
  if (!Array.isArray(list?.cells) || list.cells.length === 0) refuse('This is no list of cells.')
  const cells = list.cells.map(({ cell, opened, newest }) => {
    const [first, last] = [rosterRecord(opened, list.roster, keys), rosterRecord(newest, list.roster, keys)]
    if (first.action !== 'cell_opened') refuse(`The list does not show where cell ${cell} was opened.`)
    if (last.action === 'cell_closed') refuse(`Cell ${cell} was closed.`)
    const [before, now] = [first.facts, last.facts]
    if (before.get('cell') !== cell || now.get('cell') !== cell || before.get('origin') !== now.get('origin'))
      refuse(`What the list shows of cell ${cell} is about another.`)
    if (trustedKeys(before.get('verifier_key')).some(({ name }) => name !== before.get('origin')))
      refuse(`The key of cell ${cell} is one for another ledger.`)
    const isSame = before.get('size') === now.get('size')
    if (
      last.seq < first.seq ||
      now.get('size') < before.get('size') ||
      (isSame && before.get('root') !== now.get('root'))
    )
      refuse(`The roster has cell ${cell} go back.`)
    return { cell, last }
  })
  const newest = rosterRecord(list.newest, list.roster, keys)
  if (cells.some(({ last }) => last.seq > newest.seq)) refuse('The list does not show the newest record of the roster.')
  const open = newest.facts.get('cells').split(' ')
  if (
    !same(
      open,
      cells.map(({ cell }) => cell),
    )
  )
    refuse(`Open on the roster are cells ${open.join(', ')}; the list shows others.`)
  const each = cells.map(({ cell, last }) => `${cell} at ${last.facts.get('size')} records`)
  return `The roster of ${list.roster} has ${open.length} open cells: ${each.join(', ')}.`
}

function rosterRecord(proof, origin, keys) {
  const [, extra] = /^c2sp\.org\/tlog-proof@v1\nextra ([A-Za-z0-9+/]*={0,2})\n/u.exec(proof) ?? []
  if (extra === undefined) refuse('A proof of the list holds no record.')
  const leaf = Buffer.from(extra, 'base64')
  const place = openProof(proof, leaf, keys, 'a cell')
  const record = readLeaf(leaf)
  if (place.origin !== origin || record.kind !== 'cell' || record.seq !== place.index)
    refuse('A proof of the list is of no record of this roster.')
  return record
}

// The command.

async function main([what, file, trust, ...rest]) {
  const { createReadStream, readFileSync } = await import('node:fs')
  const { createInterface } = await import('node:readline')
  const asked = {}
  for (let at = 0; at < rest.length; at += 2) {
    if (rest[at] === '--seed') asked.seed = rest[at + 1]
    else if (rest[at] === '--checkpoint') asked.checkpoint = readFileSync(rest[at + 1], 'utf8')
    else refuse(`${rest[at]} is no option; there are --seed TEXT and --checkpoint FILE.`)
  }
  if (!['receipt', 'statement', 'pack', 'roster'].includes(what) || trust === undefined)
    refuse('Say what to verify: node verify.mjs receipt|statement|pack|roster FILE TRUST')
  const keys = trustedKeys(readFileSync(trust, 'utf8'))
  if (what === 'pack') return verifyPack(createInterface({ input: createReadStream(file) }), keys, asked)
  const text = jsonIn(readFileSync(file, 'utf8'), 1)
  if (what === 'roster') return verifyRoster(text, keys)
  return what === 'receipt' ? verifyReceipt(text, keys) : verifyStatement(text, keys)
}

if (import.meta.main) {
  try {
    process.stdout.write(`${await main(process.argv.slice(2))}\n`)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  }
}
