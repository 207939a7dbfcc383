/** `sluice simulate`: what would be sent to each partner, and why. Sends nothing. */

import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { Command, Option } from 'commander'
import { parse } from 'yaml'
import { FIELD_CLASSES, type FieldClass } from '../model/field-class.ts'
import { tryJson } from '../model/json-text.ts'
import { type AskedRevision, COMPARE_BODY, SIMULATE_BODY } from '../simulate/asked.ts'
import { PERSONAS } from '../simulate/personas.ts'
import type { AccessFlags } from './control/access.ts'
import { type Asker, askFolder, askGateway, draftOf, NoAnswer } from './simulate/asker.ts'
import { printComparison, printMatrix, printSimulation, printWho } from './simulate/print.ts'

interface Options extends AccessFlags {
  readonly config: string
  readonly app?: string
  readonly partner?: string
  readonly persona?: string
  readonly eventName?: string
  readonly last?: string
  readonly state?: readonly string[]
  readonly header?: readonly string[]
  readonly clientIp?: string
  readonly at?: string
  readonly draft?: string
  readonly revision?: string
  readonly compare?: string
  readonly matrix?: boolean
  readonly who?: string
  readonly personas?: boolean
  readonly json?: boolean
}

/** Exits 0 with an answer, 1 on an invalid call or configuration. */
export function simulateCommand(): Command {
  return new Command('simulate')
    .description('Shows what an event would make leave, for whom and why; byte for byte, and without sending anything.')
    .argument('[EVENT]', 'a telemetry event as JSON: a file, or - for standard input')
    .option('--config <dir>', 'configuration folder', 'config')
    .option('--control <url>', 'ask a running gateway instead of a folder, as --last and --revision do')
    .option('--token-file <path>', 'file with your token, where a gateway is asked')
    .option('--app <id>', 'app that sends it')
    .addOption(new Option('--persona <name>', 'a ready event instead').choices(PERSONAS.map(({ id }) => id)))
    .option('--event-name <name>', 'what the persona sends, as contracts spell it')
    .option('--last <n>', 'the n-th newest accepted event of the gateway, masked')
    .option('--partner <id>', 'one partner only')
    .option('--state <key=value...>', 'what is supposed: choice=opted_out country=DE age=15 gpc=1 …; null takes away')
    .option('--header <name:value...>', 'sec-gpc or dnt')
    .option('--client-ip <address>', 'where the request came from')
    .option('--at <time>', 'as at this time (ISO 8601)')
    .option('--draft <dir>', 'what if this folder were published')
    .option('--revision <n>', 'a published revision of the gateway')
    .option('--compare <dir>', 'this folder beside the live one: what changes for this event')
    .option('--matrix', 'all partners in all states')
    .option('--who <class>', 'who can ever receive this field class, and when')
    .option('--personas', 'list the ready events')
    .option('--json', 'print one JSON object')
    .action(async (file: string | undefined, options: Options) => {
      try {
        const answer = await answerTo(file, options)
        console.log(options.json === true ? JSON.stringify(answer.json) : answer.lines.join('\n'))
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error
        for (const line of error.lines) console.error(line)
        process.exitCode = 1
      }
    })
}

interface Answer {
  readonly json: unknown
  readonly lines: readonly string[]
}

async function answerTo(file: string | undefined, options: Options): Promise<Answer> {
  if (options.personas === true) {
    const personas = PERSONAS.map(({ id, about }) => ({ id, about }))
    return { json: { personas }, lines: personas.map(({ id, about }) => `${id.padEnd(18)}${about}`) }
  }
  // These need a running gateway: its accepted events and published revisions.
  const isOfGateway = [options.control, options.last, options.revision].some((said) => said !== undefined)
  const asker: Asker = isOfGateway ? askGateway(options) : await askFolder(options.config)
  const revision = await revisionOf(options)
  if (options.who !== undefined) {
    const field = FIELD_CLASSES.find((name) => name === options.who)
    if (field === undefined)
      throw new NoAnswer([`error   ${options.who} is no field class; there are: ${FIELD_CLASSES.join(', ')}`])
    const answer = await asker.who({ field: field satisfies FieldClass, ...revision })
    return { json: answer, lines: printWho(field, answer.partners) }
  }
  const event = await eventOf(file, options)
  if (options.compare !== undefined) {
    const after = { draft: await draftOf(options.compare) }
    const answer = await asker.compare(requireShape(COMPARE_BODY, { ...event, before: revision, after }))
    return { json: answer, lines: printComparison(answer) }
  }
  const asked = requireShape(SIMULATE_BODY, { ...event, ...revision })
  if (options.matrix === true) {
    const answer = await asker.matrix(asked)
    return { json: answer, lines: printMatrix(answer) }
  }
  const answer = await asker.simulate(asked)
  return { json: answer, lines: printSimulation(answer) }
}

async function revisionOf({ draft, revision }: Options): Promise<AskedRevision> {
  if (draft !== undefined)
    return { draft: { remove: [], whole: true, ...(await draftOf(draft)) } as NonNullable<AskedRevision['draft']> }
  return revision === undefined ? {} : { revision: Number(revision) }
}

/** The request body. */
async function eventOf(file: string | undefined, options: Options): Promise<object> {
  const { app, persona, eventName, partner, clientIp, at, last, state = [], header = [] } = options
  const said = {
    app,
    persona,
    event_name: eventName,
    partner,
    client_ip: clientIp,
    at: at === undefined ? undefined : timeOf(at),
    last: last === undefined ? undefined : Number(last),
    event: file === undefined ? undefined : await readEvent(file),
    state: state.length === 0 ? undefined : Object.fromEntries(state.map((pair) => splitPair(pair, '='))),
    headers: header.length === 0 ? undefined : Object.fromEntries(header.map((pair) => headerOf(pair))),
  }
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined))
}

async function readEvent(file: string): Promise<unknown> {
  let written: string
  try {
    written = file === '-' ? await text(process.stdin) : await readFile(file, 'utf8')
  } catch (error) {
    throw new NoAnswer([`error   ${file} cannot be read: ${(error as Error).message}`])
  }
  const event = tryJson(written)
  if (event === undefined) throw new NoAnswer([`error   ${file === '-' ? 'standard input' : file} is not JSON`])
  return event
}

/** Values are YAML: `1` is a number, `null` is null, `[a, b]` is a list. */
function splitPair(pair: string, sign: string): [string, unknown] {
  const at = pair.indexOf(sign)
  if (at < 1) throw new NoAnswer([`error   ${pair} is not of the form key${sign}value`])
  const written = pair.slice(at + 1).trim()
  return [
    pair.slice(0, at).trim(),
    /^(null|true|false|-?\d+(\.\d+)?|\[.*\]|\{.*\})$/.test(written) ? parse(written) : written,
  ]
}

function headerOf(pair: string): [string, string] {
  const [name] = splitPair(pair, ':')
  return [name.toLowerCase(), pair.slice(pair.indexOf(':') + 1).trim()]
}

function timeOf(written: string): string {
  const time = Date.parse(written)
  if (Number.isNaN(time)) throw new NoAnswer(['error   --at is not a time; write 2026-01-31T12:00:00Z'])
  return new Date(time).toISOString()
}

function requireShape<Shape>(
  schema: {
    safeParse(
      value: unknown,
    ):
      | { success: true; data: Shape }
      | { success: false; error: { issues: readonly { path: PropertyKey[]; message: string }[] } }
  },
  value: unknown,
): Shape {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new NoAnswer(
    parsed.error.issues.map(
      ({ path, message }) => `error   ${path.length === 0 ? '' : `${path.join('.')}: `}${message}`,
    ),
  )
}
